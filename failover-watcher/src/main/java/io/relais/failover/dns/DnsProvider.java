package io.relais.failover.dns;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.ZoneChange.Replacement;

/**
 * The provider that holds the zone and takes changes of it.
 *
 * <p>To add one: implement this in a package of its own below this one, extend {@code
 * DnsProviderContract} by a fake of its server (a real one where there is one), and add it to
 * {@code DnsConfig}, {@code ProviderReader} and {@code Providers}. What providers with an API of
 * records by id have in common is in {@code dns.api}: the plan of the fewest calls, in a safe
 * order.
 *
 * <p>Threads: one at a time, not always the same. Time: each call to the server has a deadline of
 * the provider's own, and no method waits or tries again by itself; the caller does, by the kind of
 * the exception. Interruption ends a call at once.
 *
 * <p>Repetition: every method may be called again after any failure, and after a kill in the
 * middle: what was done already is found done. A call that changes something is never sent twice
 * without a look in between: the first may still be carried out, or be carried out late, and must
 * do no harm then. Whether a change is believed is not the provider's to say: it is verified at the
 * zone's own servers, but for {@link #proxied} names.
 *
 * <p>Errors: {@link DnsProviderException.Cause#RETRY} where it may work later or nobody knows
 * whether it was done (no answer, a server's failure, throttling, an answer that isn't the server's
 * own); {@code REFUSED} only where an operator has to fix something, since the change is given up
 * then; {@code CONFLICT} where somebody else's records are in the way. Messages say what was asked
 * of whom, why it failed and what to do, in one line and without secrets.
 */
public interface DnsProvider {
  /**
   * The records as the provider holds them, published or not: one set for each key, empty where
   * there is none. A server that finds more than it was asked for (by a pattern, in several pages)
   * is read whole, and filtered by name and type.
   *
   * @param zone its name, in lower case, without the dot at the end; all keys are in it
   * @throws DnsProviderException kind {@code REFUSED} if the zone isn't there; {@code CONFLICT} if
   *     a name is an alias (CNAME), or a record holds no address
   */
  ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException;

  /**
   * Brings the sets from {@code before} to {@code after}. A set may already be at {@code after}, or
   * somewhere between (a former try was interrupted): records whose values are in neither are
   * somebody else's, and then nothing is touched. Reads first, changes as little as can be, adds
   * before it takes out (a name never is without an address), reads again, and returns only if the
   * values are those of {@code after}; a TTL may be brought into what the provider takes. All or
   * nothing where the server can; otherwise a failure may leave a part done, and the next call goes
   * on.
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
   * is asked for, no alias), the zone's state, the clocks. The doctor shows all of it; alongside
   * the rounds it is asked every few hours while all is well, and the operator is told what turned
   * bad and what is good again.
   *
   * <p>So that the right thing is told: one check for each thing, whose name stays the same
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
