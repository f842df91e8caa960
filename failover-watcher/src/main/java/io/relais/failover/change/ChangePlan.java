package io.relais.failover.change;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.time.Instant;
import java.util.Optional;

/**
 * What a change is to do, from what was found.
 *
 * @param kind what it is: a follow that takes over a switch is a switch
 * @param zones with a {@code before} as it was found
 * @param back what an undo of it restores
 * @param original what a fail-back restores from now on
 * @param backups every address of the backup that may be found from now on
 */
record ChangePlan(
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
            new ChangeProgress.Intended());
    return new JournalState(Optional.of(pending), original, backups, journal.last());
  }

  /** A request of the change that is taken over may still arrive: its values are no one else's. */
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
                        .collect(ImmutableList.toImmutableList())))
        .collect(ImmutableList.toImmutableList());
  }

  private static Replacement tolerant(Replacement step, ImmutableMap<RecordKey, RrSet> tolerated) {
    RrSet more = tolerated.getOrDefault(step.before().key(), RrSet.none(step.before().key()));
    return new Replacement(Sets.union(step.before(), more), step.after());
  }
}
