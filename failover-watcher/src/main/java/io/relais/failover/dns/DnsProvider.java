package io.relais.failover.dns;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.ZoneChange.Replacement;

/**
 * Whoever holds the zone and takes changes of it. Every method may be tried again after any
 * failure, and after a kill in the middle: what was done already is found done. Every call has a
 * deadline of the provider's own. For one thread at a time.
 */
public interface DnsProvider {
  /**
   * The records as the provider holds them, published or not: one set for each key, empty where
   * there is none.
   *
   * @throws DnsProviderException kind {@code CONFLICT} too if a name is an alias (CNAME)
   */
  ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException;

  /**
   * Brings the sets from {@code before} to {@code after}. A set may already be at {@code after}, or
   * somewhere between (a former try was interrupted): records whose values are in neither are
   * somebody else's, and then nothing is touched.
   *
   * @throws DnsProviderException kind {@code CONFLICT} if there is a record in neither
   */
  void apply(ZoneChange change) throws DnsProviderException, InterruptedException;

  /**
   * Whether the records have the values of {@code after}, each once, and no other; whatever their
   * TTL. This is asked long after {@link #apply}: a request that was given up may have arrived by
   * then, and where the provider keeps a list, that may be a second record equal to one, which
   * {@link #read} does not show. Such a provider counts them, and its {@link #apply} removes it.
   */
  default boolean holds(ZoneChange change) throws DnsProviderException, InterruptedException {
    ImmutableMap<RecordKey, RrSet> wanted =
        change.replacements().stream()
            .collect(ImmutableMap.toImmutableMap(step -> step.after().key(), Replacement::after));
    for (RrSet held : read(change.zone(), change.keys())) {
      if (!held.values().equals(wanted.getOrDefault(held.key(), held).values())) {
        return false;
      }
    }
    return true;
  }

  /** Makes the name servers serve what was applied; does nothing where applying already does. */
  void publish(String zone) throws DnsProviderException, InterruptedException;

  /**
   * The names whose addresses the zone's servers don't tell: they answer with the provider's own,
   * as a content delivery network's do, and send visitors on to what the records hold. Of these,
   * that a change is done is taken from {@link #read} alone. None, at most providers.
   */
  default ImmutableSet<String> proxied(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    return ImmutableSet.of();
  }

  /**
   * The self-check: looks at everything that a change will need, and changes nothing, neither what
   * is served nor what is stored. The credential (accepted, not about to end, see {@link
   * Check#EXPIRY_NOTICE}), each right that a change needs, the records (readable, of the type that
   * is asked for, no alias), the zone's state, the clocks. The doctor shows all of it; beside the
   * rounds it is asked every few hours while all is well, and people are told what turned bad and
   * what is good again.
   *
   * <p>So that they are told the right thing: one check for each thing, whose name stays the same
   * whatever is found; {@code UNANSWERED}, and not {@code FAILED}, where nobody answered or the
   * provider had a failure of its own (see {@link Check#of}); {@code UNKNOWN} where it can't be
   * seen without changing something. Everything together has to take less than a minute.
   *
   * @param questionsOnly nothing is sent but what reads: no update either, not even one that
   *     changes nothing
   */
  ImmutableList<Check> check(String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
      throws InterruptedException;

  /** Who it is, for people: {@code OVH (ovh-eu)}, {@code 192.0.2.53:53 (RFC 2136)}. */
  String describe();
}
