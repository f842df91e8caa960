package io.relais.failover.change;

import static com.google.common.collect.ImmutableSortedSet.toImmutableSortedSet;

import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.net.IpFamily;
import java.time.Duration;
import java.util.Comparator;

/**
 * What a fail-back restores; pure. For each name the first of these that there is: what the journal
 * holds; what was found, if it is production's alone; production's configured addresses of both
 * families, with the TTL found (the journal was lost). What was found counts before the journal's
 * if no change is under way and all is at production: then somebody put it back by hand.
 */
final class FailbackTarget {
  private final ChangeSettings settings;
  private final AddressOwnership owners;
  private final RecordSets found;
  private final RecordSets journaled;
  private final boolean byHand;

  FailbackTarget(
      ChangeSettings settings, AddressOwnership owners, JournalState journal, RecordSets found) {
    this.settings = settings;
    this.owners = owners;
    this.found = found;
    this.journaled = new RecordSets(journal.original());
    this.byHand =
        journal.underWay().isEmpty()
            && found.names().stream().allMatch(name -> owners.isAtProduction(found.of(name)));
  }

  /**
   * What is to be put back some day, of each name found.
   *
   * @throws DnsProviderException REFUSED if a name has no record, and the journal knows of none
   */
  RecordSets original() throws DnsProviderException {
    for (String name : found.names()) {
      if (found.isEmpty(name) && journaled.isEmpty(name)) {
        throw DnsProviderException.refused(
            name
                + " has neither an A nor an AAAA record at the provider: make one, or take the name"
                + " out of [site] names",
            null);
      }
    }
    return RecordSets.ofNames(found.names(), this::original);
  }

  private RrSet original(RecordKey key) {
    if (!byHand && journaled.has(key.name())) {
      return journaled.get(key);
    }
    return owners.isAtProduction(found.of(key.name()))
        ? found.get(key)
        : configured(key, found.ttl(key));
  }

  /**
   * The original, without the addresses that are no longer production's in the configuration; where
   * that leaves nothing of a set, the configured ones of that family; and where that leaves nothing
   * of a name, those of both.
   */
  RecordSets restored(RecordSets original) {
    RecordSets restored = RecordSets.ofNames(original.names(), key -> restored(original.get(key)));
    return RecordSets.ofNames(
        original.names(),
        key ->
            restored.isEmpty(key.name()) ? configured(key, original.ttl(key)) : restored.get(key));
  }

  private RrSet restored(RrSet original) {
    RrSet still = RecordSets.only(original, owners::isProduction);
    return still.isEmpty() && !original.isEmpty()
        ? configured(original.key(), original.ttl())
        : still;
  }

  private RrSet configured(RecordKey key, Duration ttl) {
    return RecordSets.withValues(
        RrSet.none(key),
        ttl,
        settings.production().stream()
            .filter(address -> IpFamily.of(address) == key.type().family())
            .map(InetAddresses::toAddrString)
            .collect(toImmutableSortedSet(Comparator.naturalOrder())));
  }
}
