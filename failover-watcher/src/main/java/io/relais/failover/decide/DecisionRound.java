package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Backup;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.WatchState.BegunChange;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One round being decided.
 *
 * @param state what is remembered, with this round counted
 */
record DecisionRound(Policy policy, WatchState state, Observation seen, Instant now) {
  private static final Duration DAY = Duration.ofHours(24);

  /** Counts the round. */
  static DecisionRound open(Policy policy, WatchState before, Observation seen, Instant now) {
    WatchState state = before.edit().switches(lastDay(before, now)).lastRound(now).done();
    DecisionRound round = new DecisionRound(policy, upTo(state, now), seen, now);
    Duration gap = Duration.between(before.lastRound().orElse(now), now);
    return gap.isNegative() || gap.compareTo(policy.maxGap()) > 0
        ? round.withHealthReset()
        : round.with(round.state.edit().health(round.count(state.health(), gap)).done());
  }

  /** Times that a clock set back left in the future are taken for now. */
  private static WatchState upTo(WatchState state, Instant now) {
    return state
        .edit()
        .since(earlier(state.since(), now))
        .onBackupSince(state.onBackupSince().map(at -> earlier(at, now)))
        .done();
  }

  private static ImmutableList<Instant> lastDay(WatchState before, Instant now) {
    return before.switches().stream()
        .map(at -> earlier(at, now))
        .filter(at -> at.isAfter(now.minus(DAY)))
        .collect(ImmutableList.toImmutableList());
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private SiteHealth count(SiteHealth health, Duration sinceLast) {
    return isCounted()
        ? health.after(seen.production() == Production.UP, now, policy)
        : health.paused(sinceLast);
  }

  /** With all that was counted forgotten, but for this round. */
  DecisionRound withHealthReset() {
    return with(state.edit().health(count(SiteHealth.UNKNOWN, Duration.ZERO)).done());
  }

  DecisionRound with(WatchState changed) {
    return new DecisionRound(policy, changed, seen, now);
  }

  SiteHealth health() {
    return state.health();
  }

  boolean answered() {
    return seen.production() == Production.UP;
  }

  boolean failed() {
    return seen.production() == Production.DOWN;
  }

  /** Production fails, and so does everything. */
  boolean isBlind() {
    return failed() && seen.sight() == Sight.BLIND;
  }

  /** Whether it says anything about production. */
  boolean isCounted() {
    return answered() || (failed() && !isBlind());
  }

  boolean isChangeActive() {
    return seen.change() == ChangeStatus.UNDER_WAY || seen.change() == ChangeStatus.RETRYING;
  }

  boolean isPending(ChangeKind kind) {
    return state.pending().filter(pending -> pending.kind() == kind).isPresent();
  }

  /** Whether an operator asked for the change that was begun. */
  boolean isByHand() {
    return state.pending().filter(BegunChange::byHand).isPresent();
  }

  boolean isBackupReady() {
    return seen.backup() == Backup.READY;
  }

  /** Whether there is somewhere to switch to, ready or not. */
  boolean hasBackupAddress() {
    return seen.backup() == Backup.READY || seen.backup() == Backup.UNREADY;
  }

  /** The text, followed by what was observed. */
  String withReasons(String text) {
    return seen.reasons().isEmpty() ? text : text + ": " + seen.reasons();
  }

  /** The same, where what was observed is not the reason for it alone. */
  String plusReasons(String text) {
    return seen.reasons().isEmpty() ? text : text + "; " + seen.reasons();
  }

  /** Goes to the phase, with no change begun or carried on. */
  Decision enter(Phase phase, String reason) {
    return act(phase, Action.NONE, reason);
  }

  Decision act(Phase phase, Action action, String reason) {
    return new Decision(to(phase).reason(reason).done(), action);
  }

  /** Begins a switch; one that an operator asks for is not flapping, and does not count. */
  Decision beginSwitch(boolean byHand, String reason) {
    ImmutableList<Instant> switches =
        byHand
            ? state.switches()
            : ImmutableList.copyOf(Iterables.concat(state.switches(), ImmutableList.of(now)));
    return new Decision(
        to(Phase.SWITCHING)
            .switches(switches)
            .onBackupSince(Optional.empty())
            .pending(Optional.of(new BegunChange(ChangeKind.SWITCH, byHand)))
            .held(false)
            .reason(reason)
            .done(),
        Action.SWITCH);
  }

  /** Begins a way back: a fail-back, or a switch undone. */
  Decision beginBack(Action action, boolean byHand, String reason) {
    return new Decision(
        to(Phase.FAILING_BACK)
            .pending(Optional.of(new BegunChange(ChangeKind.FAIL_BACK, byHand)))
            .held(byHand && !answered())
            .reason(reason)
            .done(),
        action);
  }

  WatchState.Edit to(Phase phase) {
    return state.edit().phase(phase).since(phase == state.phase() ? state.since() : now);
  }
}
