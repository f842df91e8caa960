package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.change.RecordClassifier.ZoneAnswers;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RrSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds out where the records point. It changes nothing; by the word of the authoritative servers
 * alone it needs no rights at the provider either. For any number of threads.
 */
public final class RecordLocator {
  private final ChangeSettings settings;
  private final Authority authority;

  public RecordLocator(ChangeSettings settings, Authority authority) {
    this.settings = settings;
    this.authority = authority;
  }

  /**
   * Asks the authoritative servers once.
   *
   * @param journal what is known of former changes
   * @param backup where it is now; empty if that is not known: then it may be at any address that
   *     the journal knows
   */
  public RecordLocation locate(JournalState journal, Optional<BackupAddresses> backup)
      throws InterruptedException {
    try {
      return classifier(journal, backup).fromServers(ask(zones(journal)));
    } catch (DnsLookupException e) {
      return new RecordLocation(RecordPlace.UNKNOWN, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Asks the authoritative servers, and where they say neither production nor backup, or don't
   * agree, the provider too, whose word counts then.
   */
  RecordLocation locate(
      JournalState journal, Optional<BackupAddresses> backup, DnsProvider provider)
      throws InterruptedException {
    RecordClassifier classifier = classifier(journal, backup);
    ImmutableMap<String, ImmutableSet<String>> zones;
    RecordLocation inDns;
    try {
      zones = zones(journal);
      inDns = classifier.fromServers(ask(zones));
    } catch (DnsLookupException e) {
      return new RecordLocation(RecordPlace.UNKNOWN, String.valueOf(e.getMessage()));
    }
    return inDns.place() == RecordPlace.UNKNOWN || RecordClassifier.isDefinite(inDns)
        ? inDns
        : atProvider(classifier, zones, inDns, provider);
  }

  private static RecordLocation atProvider(
      RecordClassifier classifier,
      ImmutableMap<String, ImmutableSet<String>> zones,
      RecordLocation inDns,
      DnsProvider provider)
      throws InterruptedException {
    try {
      RecordLocation stored = classifier.fromProvider(read(provider, zones));
      return new RecordLocation(
          stored.place(),
          provider.describe()
              + " has "
              + stored.detail()
              + "; DNS: "
              + inDns.detail()
              + proxied(provider, zones),
          stored.remedy());
    } catch (DnsProviderException e) {
      // Nobody but the provider makes us believe that somebody else changed the records.
      return new RecordLocation(
          inDns.place() == RecordPlace.FOREIGN ? RecordPlace.UNKNOWN : inDns.place(),
          inDns.detail() + "; the provider: " + e.getMessage());
    }
  }

  /** Why DNS says something else for good, where that is so. */
  private static String proxied(
      DnsProvider provider, ImmutableMap<String, ImmutableSet<String>> zones)
      throws DnsProviderException, InterruptedException {
    List<String> proxied = new ArrayList<>();
    for (var zone : zones.entrySet()) {
      proxied.addAll(provider.proxied(zone.getKey(), RecordSets.keys(zone.getValue())));
    }
    return proxied.isEmpty()
        ? ""
        : " (" + String.join(", ", proxied) + ": proxied, so DNS does not tell)";
  }

  private RecordClassifier classifier(JournalState journal, Optional<BackupAddresses> backup) {
    return new RecordClassifier(
        backup
            .map(address -> AddressOwnership.of(settings, address, journal))
            .orElseGet(() -> AddressOwnership.withoutBackup(settings, journal)));
  }

  /** All names that a change may touch, by zone. */
  ImmutableMap<String, ImmutableSet<String>> zones(JournalState journal)
      throws DnsLookupException, InterruptedException {
    var zones = new TreeMap<String, ImmutableSet.Builder<String>>();
    for (String name : journal.names(settings)) {
      zones.computeIfAbsent(authority.zoneOf(name), _ -> ImmutableSet.builder()).add(name);
    }
    return zones.entrySet().stream()
        .collect(toImmutableMap(Map.Entry::getKey, zone -> zone.getValue().build()));
  }

  private ImmutableList<ZoneAnswers> ask(ImmutableMap<String, ImmutableSet<String>> zones)
      throws DnsLookupException, InterruptedException {
    ImmutableList.Builder<ZoneAnswers> answers = ImmutableList.builder();
    for (var zone : zones.entrySet()) {
      answers.add(
          new ZoneAnswers(
              zone.getKey(),
              zone.getValue(),
              authority.ask(zone.getKey(), RecordSets.keys(zone.getValue()))));
    }
    return answers.build();
  }

  /** What the provider holds at these names, by zone; both sets of each. */
  static RecordSets read(DnsProvider provider, ImmutableMap<String, ImmutableSet<String>> zones)
      throws DnsProviderException, InterruptedException {
    ImmutableList.Builder<RrSet> sets = ImmutableList.builder();
    for (var zone : zones.entrySet()) {
      sets.addAll(provider.read(zone.getKey(), RecordSets.keys(zone.getValue())));
    }
    RecordSets read = RecordSets.of(sets.build());
    return RecordSets.ofNames(
        zones.values().stream().flatMap(Collection::stream).collect(toImmutableList()), read::get);
  }
}
