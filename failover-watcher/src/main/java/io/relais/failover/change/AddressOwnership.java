package io.relais.failover.change;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.RrSet;
import java.net.InetAddress;
import java.util.Collection;
import java.util.stream.Stream;

/**
 * Tells whether an address in the zone is production's or the backup's. Texts are canonical.
 *
 * @param production its configured addresses; one of them is never taken for the backup's
 * @param backup the backup's addresses of now
 * @param former addresses that the backup had, as the journal knows
 */
record AddressOwnership(
    ImmutableSet<String> production, ImmutableSet<String> backup, ImmutableSet<String> former) {

  static AddressOwnership of(
      ChangeSettings settings, BackupAddresses backup, JournalState journal) {
    return new AddressOwnership(
        texts(settings.production().stream()),
        texts(Stream.concat(backup.v4().stream(), backup.v6().stream())),
        journal.backups());
  }

  /** Where it is not known what the backup has now: any address that it had before may be it. */
  static AddressOwnership withoutBackup(ChangeSettings settings, JournalState journal) {
    return new AddressOwnership(
        texts(settings.production().stream()), journal.backups(), journal.backups());
  }

  private static ImmutableSet<String> texts(Stream<InetAddress> addresses) {
    return addresses.map(InetAddresses::toAddrString).collect(toImmutableSet());
  }

  boolean isProduction(String address) {
    return production.contains(address);
  }

  boolean isBackup(String address) {
    return !isProduction(address) && (backup.contains(address) || former.contains(address));
  }

  boolean isOurs(String address) {
    return isProduction(address) || isBackup(address);
  }

  /** Whether there are records, and all are production's. */
  boolean isAtProduction(Collection<RrSet> sets) {
    return sets.stream().anyMatch(set -> !set.isEmpty())
        && sets.stream().allMatch(set -> production.containsAll(set.values()));
  }

  boolean holdsBackup(RrSet set) {
    return set.values().stream().anyMatch(this::isBackup);
  }
}
