package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Backup;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.WatchState.BegunChange;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Rounds in which the records point at the backup. */
final class BackupPhase {
  private BackupPhase() {}

  static Decision decide(DecisionRound round) {
    Phase phase = phase(round);
    if (round.isChangeActive()) {
      return round.act(phase, Action.CONTINUE, round.withReasons("the records are being changed"));
    }
    if (mustFollow(round)) {
      return follow(round, phase);
    }
    return phase == Phase.RECOVERING && mayFailBack(round)
        ? round.beginBack(Action.FAIL_BACK, false, round.withReasons("production is well again"))
        : round.enter(phase, reason(round, phase));
  }

  private static Phase phase(DecisionRound round) {
    if (!round.isCounted()) {
      return round.state().phase();
    }
    return round.health().isWell(round.policy()) ? Phase.RECOVERING : Phase.ON_BACKUP;
  }

  /**
   * That others reach production does not speak against it: the records stay at the backup, and the
   * address that they have serves nobody.
   */
  private static boolean mustFollow(DecisionRound round) {
    boolean lineIsGood =
        round.answered()
            || (round.failed()
                && (round.seen().sight() == Sight.CLEAR || round.seen().sight() == Sight.DISPUTED));
    return round.seen().place() == RecordPlace.OLD_BACKUP && round.isBackupReady() && lineIsGood;
  }

  private static Decision follow(DecisionRound round, Phase phase) {
    WatchState next =
        round
            .to(phase)
            .pending(Optional.of(new BegunChange(ChangeKind.FOLLOW, false)))
            .reason(round.withReasons("the backup's address changed"))
            .done();
    return new Decision(next, Action.FOLLOW);
  }

  private static boolean mayFailBack(DecisionRound round) {
    Policy policy = round.policy();
    boolean stayed =
        (round.seen().backup() == Backup.UNREADY || round.seen().backup() == Backup.NO_ADDRESS)
            || isPast(round.state().onBackupSince(), policy.minimumStay(), round);
    return policy.automaticFailback()
        && round.seen().unreturned().isEmpty()
        && round.answered()
        && stayed
        && isPast(round.health().healthySince(), policy.failbackAfter(), round);
  }

  private static boolean isPast(Optional<Instant> since, Duration time, DecisionRound round) {
    return since.filter(at -> !at.plus(time).isAfter(round.now())).isPresent();
  }

  private static String reason(DecisionRound round, Phase phase) {
    if (phase == Phase.ON_BACKUP) {
      return round.withReasons(
          round.health().failures() > 0
              ? "on the backup; production does not serve (%d failed in a row)"
                  .formatted(round.health().failures())
              : "on the backup; production is not well yet (%s)"
                  .formatted(round.health().figures(round.policy())));
    }
    String unreturned = round.seen().unreturned();
    if (!unreturned.isEmpty()) {
      return round.withReasons("on the backup; production serves again, but " + unreturned);
    }
    return round.withReasons(
        round.policy().automaticFailback()
            ? "on the backup; production serves again, and the fail-back follows once it has stayed"
                + " healthy"
            : "on the backup; production serves again, and 'failback' goes back to it");
  }
}
