package io.relais.failover.dns;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;

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

  /** Makes the name servers serve what was applied; does nothing where applying already does. */
  void publish(String zone) throws DnsProviderException, InterruptedException;

  /**
   * Tries everything that a switch will need, and changes nothing that anybody sees: credentials,
   * each right, the records, the clock. At OVH it also publishes, because a missing right to do
   * that shows only so; not if {@code dryRun}.
   */
  ImmutableList<Check> check(String zone, ImmutableSet<RecordKey> keys, boolean dryRun)
      throws InterruptedException;

  /** Who it is, for people: {@code OVH (ovh-eu)}, {@code 192.0.2.53:53 (RFC 2136)}. */
  String describe();
}
