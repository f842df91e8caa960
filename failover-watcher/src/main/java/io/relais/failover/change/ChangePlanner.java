package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSortedSet.toImmutableSortedSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/**
 * Works out a change from what was found; pure.
 *
 * <ul>
 *   <li>SWITCH: every name's A becomes the backup's IPv4 address and AAAA its IPv6 address; a type
 *       that the backup has no address for is taken out.
 *   <li>FAIL_BACK: every name's sets become what {@link FailbackTarget} says.
 *   <li>FOLLOW: as SWITCH, for the names that point at the backup; the others stay. One that takes
 *       over a switch that has not ended is a switch, so that undone it leads to production.
 * </ul>
 *
 * No name is ever left without any record.
 */
final class ChangePlanner {
  private final ChangeSettings settings;
  private final BackupAddresses backup;
  private final JournalState journal;
  private final AddressOwnership owners;
  private final RecordSets found;

  /**
   * What a change is to do, from what was found.
   *
   * @param kind what it is: a follow that takes over a switch is a switch
   * @param zones with a {@code before} as it was found
   * @param back what an undo of it restores
   * @param original what a fail-back restores from now on
   * @param backups every address of the backup that may be found from now on
   */
  record Plan(
      ChangeKind kind,
      ImmutableList<ZoneChange> zones,
      ImmutableMap<RecordKey, RrSet> back,
      ImmutableMap<RecordKey, RrSet> original,
      ImmutableSet<String> backups) {

    /** The journal's next state: this plan as an intent, in the place of what was under way. */
    JournalState intended(String id, Instant now, BackupAddresses backup, JournalState journal) {
      PendingChange pending =
          new PendingChange(
              id,
              kind,
              false,
              now,
              backup,
              tolerant(journal.underWay()),
              back,
              journal.underWay().filter(PendingChange::mayBePublished).isPresent(),
              true, // Its first request comes next.
              new Progress.Intended());
      return new JournalState(Optional.of(pending), original, backups, journal.last());
    }

    /**
     * A request of the change that is taken over may still arrive: its values are no one else's.
     */
    private ImmutableList<ZoneChange> tolerant(Optional<PendingChange> former) {
      ImmutableMap<RecordKey, RrSet> tolerated =
          former.map(PendingChange::tolerated).orElse(ImmutableMap.of());
      return zones.stream()
          .map(
              zone ->
                  new ZoneChange(
                      zone.zone(),
                      zone.replacements().stream()
                          .map(step -> tolerant(step, tolerated))
                          .collect(toImmutableList())))
          .collect(toImmutableList());
    }

    private static Replacement tolerant(
        Replacement step, ImmutableMap<RecordKey, RrSet> tolerated) {
      RrSet more = tolerated.getOrDefault(step.before().key(), RrSet.none(step.before().key()));
      return new Replacement(RecordSets.union(step.before(), more), step.after());
    }
  }

  /**
   * Takes what is known.
   *
   * @param found both sets of each of {@link JournalState#names}
   */
  ChangePlanner(
      ChangeSettings settings, BackupAddresses backup, JournalState journal, RecordSets found) {
    this.settings = settings;
    this.backup = backup;
    this.journal = journal;
    this.owners = AddressOwnership.of(settings, backup, journal);
    this.found = found;
  }

  /**
   * Works it out.
   *
   * @param zones the names, by zone
   * @throws DnsProviderException CONFLICT if a record is neither production's nor the backup's;
   *     REFUSED if it can't be done
   */
  Plan plan(ChangeKind wanted, ImmutableMap<String, ? extends Collection<String>> zones)
      throws DnsProviderException {
    refuseForeign();
    ChangeKind kind = kind(wanted);
    if (kind != ChangeKind.FAIL_BACK) {
      refuseBadBackup();
    }
    var target = new FailbackTarget(settings, owners, journal, found);
    RecordSets original = target.original();
    RecordSets restored = target.restored(original);
    RecordSets goal = goal(kind, restored);
    return new Plan(
        kind,
        zones.entrySet().stream()
            .map(zone -> change(zone.getKey(), zone.getValue(), goal))
            .collect(toImmutableList()),
        back(kind == ChangeKind.SWITCH ? restored : formerGoal(), goal).sets(),
        original.sets(),
        backups(kind));
  }

  /** What is to be restored is known, even if it is no longer configured. */
  private void refuseForeign() throws DnsProviderException {
    var original = new RecordSets(journal.original());
    Optional<UnlistedRecords> unlisted =
        UnlistedRecords.find(
            owners.production(),
            owners::isBackup,
            found.sets().values().stream()
                .map(
                    set ->
                        RecordSets.only(
                            set, value -> !original.get(set.key()).values().contains(value)))
                .toList());
    if (unlisted.isPresent()) {
      throw DnsProviderException.conflict(unlisted.get().text());
    }
  }

  private ChangeKind kind(ChangeKind wanted) {
    boolean overtakesSwitch = journal.underWay().filter(PendingChange::isSwitch).isPresent();
    return wanted == ChangeKind.FOLLOW && overtakesSwitch ? ChangeKind.SWITCH : wanted;
  }

  private void refuseBadBackup() throws DnsProviderException {
    if (owners.backup().isEmpty()) {
      throw DnsProviderException.refused("the backup's public address is not known", null);
    }
    for (String address : owners.backup()) {
      if (owners.isProduction(address)) {
        throw DnsProviderException.refused(
            "the backup's address is said to be "
                + address
                + ", which is one of [site] production: look at [[backup.address]]",
            null);
      }
    }
  }

  private RecordSets goal(ChangeKind kind, RecordSets restored) throws DnsProviderException {
    RecordSets goal =
        switch (kind) {
          case SWITCH -> RecordSets.ofNames(found.names(), this::atBackup);
          case FAIL_BACK -> restored;
          case FOLLOW -> followed();
        };
    for (String name : goal.names()) {
      if (goal.isEmpty(name)) {
        throw DnsProviderException.refused(
            name + " would be left without any record: look at [site] production", null);
      }
    }
    return goal;
  }

  /** Where a name had no record at all there is no way back. */
  private static RecordSets back(RecordSets former, RecordSets goal) {
    return RecordSets.ofNames(
        goal.names(), key -> (former.isEmpty(key.name()) ? goal : former).get(key));
  }

  private RrSet atBackup(RecordKey key) {
    return RecordSets.withValues(
        RrSet.none(key),
        settings.ttl().orElseGet(() -> keptTtl(key)),
        backup.of(key.type().family()).stream()
            .map(InetAddresses::toAddrString)
            .collect(toImmutableSortedSet(Comparator.naturalOrder())));
  }

  /** A name may have no record for a moment, in the middle of a change. */
  private Duration keptTtl(RecordKey key) {
    return found.isEmpty(key.name()) ? new RecordSets(journal.original()).ttl(key) : found.ttl(key);
  }

  private RecordSets followed() throws DnsProviderException {
    RecordSets stay = formerGoal();
    if (stay.sets().values().stream().noneMatch(owners::holdsBackup)) {
      throw DnsProviderException.refused(
          "no record points at the backup, so there is nothing to follow", null);
    }
    return RecordSets.ofNames(
        found.names(),
        key ->
            stay.of(key.name()).stream().anyMatch(owners::holdsBackup)
                ? atBackup(key)
                : stay.get(key));
  }

  /**
   * Where the zone was going before this change: the goal of the one that it takes over; or as it
   * was found, and where that is half at the backup, wholly.
   */
  private RecordSets formerGoal() {
    RecordSets goal =
        new RecordSets(journal.underWay().map(PendingChange::goal).orElse(ImmutableMap.of()));
    return RecordSets.ofNames(
        found.names(), key -> goal.has(key.name()) ? goal.get(key) : wholly(key));
  }

  private RrSet wholly(RecordKey key) {
    return found.of(key.name()).stream().anyMatch(owners::holdsBackup)
        ? RecordSets.only(found.get(key), owners::isBackup)
        : found.get(key);
  }

  private ZoneChange change(String zone, Collection<String> names, RecordSets goal) {
    return new ZoneChange(
        zone,
        names.stream()
            .flatMap(name -> RecordSets.keys(name).stream())
            .map(key -> new Replacement(found.get(key), goal.get(key)))
            .collect(toImmutableList()));
  }

  /** Those of before the first switch are forgotten, but for what is still there. */
  private ImmutableSet<String> backups(ChangeKind kind) {
    ImmutableSet.Builder<String> backups = ImmutableSet.builder();
    if (!journal.original().isEmpty() || journal.underWay().isPresent()) {
      backups.addAll(journal.backups());
    }
    found.sets().values().stream()
        .flatMap(set -> set.values().stream())
        .filter(owners::isBackup)
        .forEach(backups::add);
    return kind == ChangeKind.FAIL_BACK ? backups.build() : backups.addAll(owners.backup()).build();
  }
}
