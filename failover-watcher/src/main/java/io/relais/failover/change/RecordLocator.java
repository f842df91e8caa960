package io.relais.failover.change;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.change.RecordClassifier.ZoneAnswers;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.RecordKey;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the records point, by the word of the authoritative servers alone: it needs no rights at
 * the provider, and changes nothing. For any number of threads.
 */
public final class RecordLocator {
  private final ChangeSettings settings;
  private final Authority authority;

  public RecordLocator(ChangeSettings settings, Authority authority) {
    this.settings = settings;
    this.authority = authority;
  }

  /**
   * Asks them all once.
   *
   * @param journal what is known of former changes
   * @param backup where it is now; empty if that is not known: then it may be at any address that
   *     the journal knows
   */
  public RecordLocation look(JournalState journal, Optional<BackupAddresses> backup)
      throws InterruptedException {
    try {
      return whereabouts(settings, journal, backup)
          .said(ask(authority, zones(authority, ChangePlanner.names(settings, journal))));
    } catch (DnsLookupException e) {
      return new RecordLocation(RecordPlace.UNKNOWN, String.valueOf(e.getMessage()));
    }
  }

  static RecordClassifier whereabouts(
      ChangeSettings settings, JournalState journal, Optional<BackupAddresses> backup) {
    return new RecordClassifier(
        backup
            .map(address -> AddressOwnership.of(settings, address, journal))
            .orElseGet(() -> AddressOwnership.withoutBackup(settings, journal)));
  }

  /** Names by zone. */
  static ImmutableMap<String, ImmutableSet<String>> zones(
      Authority authority, Collection<String> names)
      throws DnsLookupException, InterruptedException {
    var zones = new TreeMap<String, ImmutableSet.Builder<String>>();
    for (String name : names) {
      zones.computeIfAbsent(authority.zoneOf(name), _ -> ImmutableSet.builder()).add(name);
    }
    return zones.entrySet().stream()
        .collect(toImmutableMap(Map.Entry::getKey, zone -> zone.getValue().build()));
  }

  static ImmutableList<ZoneAnswers> ask(
      Authority authority, ImmutableMap<String, ImmutableSet<String>> zones)
      throws DnsLookupException, InterruptedException {
    ImmutableList.Builder<ZoneAnswers> answers = ImmutableList.builder();
    for (var zone : zones.entrySet()) {
      answers.add(
          new ZoneAnswers(
              zone.getKey(), zone.getValue(), authority.ask(zone.getKey(), keys(zone.getValue()))));
    }
    return answers.build();
  }

  static ImmutableSet<RecordKey> keys(ImmutableSet<String> names) {
    return names.stream().flatMap(name -> RecordSets.keys(name).stream()).collect(toImmutableSet());
  }
}
