package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.Optional;

/** Brings the phase in line with a change that ended and with where the records point. */
final class PhaseReconciler {
  private PhaseReconciler() {}

  /** The round, with the phase that the world is in. */
  static DecisionRound reconcile(DecisionRound round) {
    return switch (round.state().phase()) {
      case UP, SUSPECT, DOWN, BLIND -> round.isChangeActive() ? round : atProduction(round);
      case ON_BACKUP, RECOVERING -> round.isChangeActive() ? round : atBackup(round);
      case SWITCHING, FAILING_BACK -> moving(round);
      case HALTED -> round;
    };
  }

  private static DecisionRound atProduction(DecisionRound round) {
    return switch (round.seen().place()) {
      case BACKUP, OLD_BACKUP ->
          onBackup(round, round.withReasons("the records were found at the backup"));
      case FOREIGN -> halted(round, foreign(round));
      case PRODUCTION, MIXED, UNKNOWN ->
          round.seen().change() == ChangeStatus.REFUSED ? refused(round) : round;
    };
  }

  private static DecisionRound atBackup(DecisionRound round) {
    if (round.seen().change() == ChangeStatus.REFUSED) {
      return refused(round);
    }
    DecisionRound ended = round.with(round.state().edit().pending(Optional.empty()).done());
    return switch (round.seen().place()) {
      case PRODUCTION -> foundAtProduction(ended);
      case FOREIGN -> halted(ended, foreign(round));
      case BACKUP, OLD_BACKUP, MIXED, UNKNOWN -> ended;
    };
  }

  private static DecisionRound foundAtProduction(DecisionRound round) {
    DecisionRound back = atProductionAgain(round, "somebody pointed the records at production");
    return back.withHealthReset();
  }

  private static DecisionRound moving(DecisionRound round) {
    boolean switching = round.state().phase() == Phase.SWITCHING;
    return switch (round.seen().change()) {
      case UNDER_WAY, RETRYING -> round;
      case VERIFIED ->
          switching
              ? onBackup(round, round.withReasons("the switch" + asked(round) + " is verified"))
              : atProductionAgain(
                  round, "the records are back, which is verified" + askedFor(round));
      case REFUSED -> refused(round);
      case NONE -> switching ? neverSwitched(round) : neverFailedBack(round);
    };
  }

  private static String asked(DecisionRound round) {
    return round.isByHand() ? " that an operator asked for" : "";
  }

  private static String askedFor(DecisionRound round) {
    return round.isByHand() ? "; an operator asked for it" : "";
  }

  /** The journal has nothing: we died before it was written, or it could not be. */
  private static DecisionRound neverSwitched(DecisionRound round) {
    return switch (round.seen().place()) {
      case BACKUP, OLD_BACKUP -> onBackup(round, "the records are at the backup");
      case FOREIGN -> halted(round, foreign(round));
      case PRODUCTION, MIXED, UNKNOWN ->
          at(uncounted(round), byVerdict(round), round.withReasons("the switch was not begun"));
    };
  }

  /** A switch that never was does not count: the limit is there against flapping. */
  private static DecisionRound uncounted(DecisionRound round) {
    ImmutableList<Instant> switches = round.state().switches();
    return switches.isEmpty() || round.isByHand()
        ? round
        : round.with(
            round.state().edit().switches(switches.subList(0, switches.size() - 1)).done());
  }

  private static DecisionRound neverFailedBack(DecisionRound round) {
    boolean wasOnBackup = round.state().onBackupSince().isPresent();
    return switch (round.seen().place()) {
      case PRODUCTION -> atProductionAgain(round, "the records are back");
      case BACKUP, OLD_BACKUP -> notBack(round);
      case FOREIGN -> halted(round, foreign(round));
      case MIXED, UNKNOWN ->
          wasOnBackup
              ? notBack(round)
              : atProductionAgain(round, "there was nothing left to take back");
    };
  }

  /**
   * Health is counted from the start, so that a fail-back that can't be begun is not tried each
   * round.
   */
  private static DecisionRound notBack(DecisionRound round) {
    return onBackup(
        round.with(round.state().edit().health(SiteHealth.UNKNOWN).held(false).done()),
        round.withReasons("the fail-back was not begun"));
  }

  private static DecisionRound onBackup(DecisionRound round, String reason) {
    DecisionRound there = at(round, Phase.ON_BACKUP, reason);
    Optional<Instant> since = round.state().onBackupSince().or(() -> Optional.of(round.now()));
    return there.with(there.state().edit().onBackupSince(since).held(false).done());
  }

  /** Production is trusted again: what it did before does not count. */
  private static DecisionRound atProductionAgain(DecisionRound round, String reason) {
    DecisionRound there = at(round, Phase.UP, reason);
    return there.with(
        there.state().edit().onBackupSince(Optional.empty()).health(SiteHealth.UNKNOWN).done());
  }

  private static DecisionRound at(DecisionRound round, Phase phase, String reason) {
    return round.with(round.to(phase).pending(Optional.empty()).reason(reason).done());
  }

  static Phase byVerdict(DecisionRound round) {
    return switch (round.health().verdict()) {
      case WELL -> Phase.UP;
      case SUSPECT -> Phase.SUSPECT;
      case DOWN -> Phase.DOWN;
    };
  }

  private static DecisionRound refused(DecisionRound round) {
    String what =
        round.isPending(ChangeKind.SWITCH)
            ? "the switch"
            : round.isPending(ChangeKind.FAIL_BACK) ? "the fail-back" : "the change of the records";
    return halted(
        round, round.withReasons(what + " can't succeed until you fix what is in its way"));
  }

  private static String foreign(DecisionRound round) {
    return round.withReasons("the records are not as configured");
  }

  private static DecisionRound halted(DecisionRound round, String reason) {
    return round.with(round.to(Phase.HALTED).reason(reason).done());
  }
}
