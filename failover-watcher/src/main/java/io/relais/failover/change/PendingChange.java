package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.time.Instant;

/**
 * A change under way.
 *
 * @param id of this change alone; an undo keeps it
 * @param kind what it was begun for
 * @param undoing whether it has been reversed
 * @param since when it was begun
 * @param backup the addresses that it was begun with
 * @param zones what is asked of the provider. The values of a {@code before} are all that may still
 *     be found there: what was, and what a change that this one took over may have left
 * @param back what an undo restores; a set for each key of {@code zones}
 * @param openEnded whether the fate of a request to change records is not known, by a lost answer
 *     or a kill: it may still arrive, even after all was applied by another. What is visible then
 *     counts as for {@code overtakes}. While requests are sent it is so in the journal
 * @param overtakes whether something else may have been written or published just before, and may
 *     still arrive at the provider or appear at the servers: then what is visible counts only after
 *     a while, and only if the provider holds it too
 */
public record PendingChange(
    String id,
    ChangeKind kind,
    boolean undoing,
    Instant since,
    BackupAddresses backup,
    ImmutableList<ZoneChange> zones,
    ImmutableMap<RecordKey, RrSet> back,
    boolean overtakes,
    boolean openEnded,
    Progress progress) {
  /** How far a change has come. */
  public sealed interface Progress {
    /** It is journalled; some of it may have been applied. */
    record Intended() implements Progress {}

    /** The provider holds all of it; some of it may have been published. */
    record Applied() implements Progress {}

    /**
     * The provider accepted its publication.
     *
     * @param first when it did so for the first time
     * @param last when it did so last
     * @param times how often
     */
    record Published(Instant first, Instant last, int times) implements Progress {
      Published again(Instant now) {
        return new Published(first, now, times + 1);
      }
    }
  }

  /** Whether that kind of change, begun now, is this one: a switch follows too. */
  boolean isSame(ChangeKind wanted, BackupAddresses address) {
    return !undoing
        && (kind == wanted || (isSwitch() && wanted == ChangeKind.FOLLOW))
        && (kind == ChangeKind.FAIL_BACK || backup.equals(address));
  }

  /**
   * What it is by where it leads: a switch that is undone is a fail-back, and the other way round.
   */
  ChangeKind leadsTo() {
    if (!undoing) {
      return kind;
    }
    return switch (kind) {
      case SWITCH -> ChangeKind.FAIL_BACK;
      case FAIL_BACK -> ChangeKind.SWITCH;
      case FOLLOW -> ChangeKind.FOLLOW;
    };
  }

  /** Whether it is a way back, begun as one. */
  public boolean isFailBack() {
    return kind == ChangeKind.FAIL_BACK && !undoing;
  }

  /** Whether nobody can have seen it yet: the provider has not been asked to publish it. */
  public boolean isUnseen() {
    return progress instanceof Progress.Intended && !mayBePublished();
  }

  /** Whether it leads away from production. */
  boolean isSwitch() {
    return kind == ChangeKind.SWITCH && !undoing;
  }

  /** Whether something of it, or of what it overtook, may be on its way to the servers. */
  boolean mayBePublished() {
    return mayStillChange() || undoing || !(progress instanceof Progress.Intended);
  }

  /** Whether a request that nobody waits for may still arrive, and change what was applied. */
  boolean mayStillChange() {
    return overtakes || openEnded;
  }

  /** What the records are to be, by key. */
  ImmutableMap<RecordKey, RrSet> goal() {
    return replacements(zones).stream()
        .collect(toImmutableMap(step -> step.after().key(), Replacement::after));
  }

  /** What each set may hold on the way. */
  ImmutableMap<RecordKey, RrSet> tolerated() {
    return replacements(zones).stream()
        .collect(
            toImmutableMap(
                step -> step.after().key(), step -> RecordSets.union(step.before(), step.after())));
  }

  PendingChange openEnded(boolean yes) {
    return new PendingChange(
        id, kind, undoing, since, backup, zones, back, overtakes, yes, progress);
  }

  PendingChange withProgress(Progress next) {
    return new PendingChange(
        id, kind, undoing, since, backup, zones, back, overtakes, openEnded, next);
  }

  /**
   * The same, towards where it came from; itself if that was done before. It overtakes even what
   * was only intended: a write whose answer was lost may be applied later.
   */
  PendingChange reversed() {
    if (undoing) {
      return this;
    }
    ImmutableList<ZoneChange> homeward =
        zones.stream().map(this::towardsBack).collect(toImmutableList());
    return new PendingChange(
        id, kind, true, since, backup, homeward, back, true, true, new Progress.Intended());
  }

  /** The same, not applied yet, and from what an undo restores as well as from what was found. */
  PendingChange restarted() {
    ImmutableList<ZoneChange> either =
        zones.stream().map(this::fromEither).collect(toImmutableList());
    return new PendingChange(
        id,
        kind,
        undoing,
        since,
        backup,
        either,
        back,
        overtakes,
        openEnded,
        new Progress.Intended());
  }

  private ZoneChange fromEither(ZoneChange zone) {
    return new ZoneChange(
        zone.zone(),
        zone.replacements().stream()
            .map(step -> new Replacement(RecordSets.union(step.before(), back(step)), step.after()))
            .collect(toImmutableList()));
  }

  private ZoneChange towardsBack(ZoneChange zone) {
    return new ZoneChange(
        zone.zone(),
        zone.replacements().stream()
            .map(step -> new Replacement(RecordSets.union(step.before(), step.after()), back(step)))
            .collect(toImmutableList()));
  }

  private RrSet back(Replacement step) {
    return back.getOrDefault(step.after().key(), step.before());
  }

  /** The same for the other names alone. */
  PendingChange without(ImmutableSet<String> names) {
    ImmutableList<ZoneChange> rest =
        zones.stream()
            .map(zone -> ManualResolution.without(zone, names))
            .filter(zone -> !zone.replacements().isEmpty())
            .collect(toImmutableList());
    return new PendingChange(
        id,
        kind,
        undoing,
        since,
        backup,
        rest,
        ManualResolution.without(back, names),
        overtakes,
        openEnded,
        progress);
  }

  static ImmutableList<Replacement> replacements(ImmutableList<ZoneChange> zones) {
    return zones.stream().flatMap(zone -> zone.replacements().stream()).collect(toImmutableList());
  }
}
