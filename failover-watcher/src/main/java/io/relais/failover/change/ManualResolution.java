package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import java.util.Optional;

/**
 * What the journal need not remember once an operator has resolved things by hand, and says so;
 * pure.
 *
 * <ul>
 *   <li>A name that is no longer configured, and where nothing is the backup's, is that operator's.
 *   <li>Where every configured name is at production, there is nothing to restore, and no change to
 *       carry on: the operator has done it.
 *   <li>All else stays: what a fail-back restores, and a change that was halted half-way.
 * </ul>
 */
final class ManualResolution {
  private final ChangeSettings settings;
  private final RecordSets found;
  private final AddressOwnership owners;

  private ManualResolution(ChangeSettings settings, JournalState journal, RecordSets found) {
    this.settings = settings;
    this.found = found;
    this.owners = AddressOwnership.withoutBackup(settings, journal);
  }

  /**
   * The journal's next state; the same if there is nothing to forget.
   *
   * @param found both sets of each name that could be read
   */
  static JournalState apply(ChangeSettings settings, JournalState journal, RecordSets found) {
    ManualResolution resolution = new ManualResolution(settings, journal, found);
    ImmutableSet<String> resolved =
        journal.names(settings).stream().filter(resolution::isResolved).collect(toImmutableSet());
    return new JournalState(
        journal.underWay().flatMap(pending -> without(pending, resolved)),
        without(journal.original(), resolved),
        journal.backups(),
        journal.last());
  }

  private boolean isResolved(String name) {
    return settings.names().contains(name)
        ? settings.names().stream().allMatch(each -> owners.isAtProduction(found.of(each)))
        : found.of(name).stream().noneMatch(owners::holdsBackup);
  }

  private static Optional<PendingChange> without(
      PendingChange pending, ImmutableSet<String> names) {
    PendingChange rest = pending.without(names);
    return rest.zones().isEmpty() ? Optional.empty() : Optional.of(rest);
  }

  static ImmutableMap<RecordKey, RrSet> without(
      ImmutableMap<RecordKey, RrSet> sets, ImmutableSet<String> names) {
    return sets.entrySet().stream()
        .filter(set -> !names.contains(set.getKey().name()))
        .collect(toImmutableMap(set -> set.getKey(), set -> set.getValue()));
  }

  static ZoneChange without(ZoneChange zone, ImmutableSet<String> names) {
    return new ZoneChange(
        zone.zone(),
        zone.replacements().stream()
            .filter(step -> !names.contains(step.after().key().name()))
            .collect(toImmutableList()));
  }
}
