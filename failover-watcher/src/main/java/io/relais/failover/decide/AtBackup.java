package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Backup;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.WatchState.BegunChange;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Rounds in which the records point at the backup. */
final class AtBackup {
  private AtBackup() {}

  static Decision decide(Round round) {
    Phase phase = phase(round);
    if (round.isChangeActive()) {
      return round.act(phase, Action.CONTINUE, round.because("the records are being changed"));
    }
    if (mustFollow(round)) {
      return follow(round, phase);
    }
    return phase == Phase.RECOVERING && mayFailBack(round)
        ? round.beginBack(Action.FAIL_BACK, false, round.because("production is well again"))
        : round.rest(phase, reason(round, phase));
  }

  private static Phase phase(Round round) {
    if (!round.isCounted()) {
      return round.state().phase();
    }
    return round.health().isWell(round.policy()) ? Phase.RECOVERING : Phase.ON_BACKUP;
  }

  /**
   * That others reach production does not speak against it: the records stay at the backup, and the
   * address that they have serves nobody.
   */
  private static boolean mustFollow(Round round) {
    boolean lineIsGood =
        round.answered()
            || (round.failed()
                && (round.seen().sight() == Sight.CLEAR || round.seen().sight() == Sight.DISPUTED));
    return round.seen().zone() == RecordPlace.OLD_BACKUP && round.isBackupReady() && lineIsGood;
  }

  private static Decision follow(Round round, Phase phase) {
    WatchState next =
        round
            .to(phase)
            .pending(Optional.of(new BegunChange(ChangeKind.FOLLOW, false)))
            .reason(round.because("the backup's address changed"))
            .done();
    return new Decision(next, Action.FOLLOW);
  }

  private static boolean mayFailBack(Round round) {
    Policy policy = round.policy();
    boolean stayed =
        round.seen().backup() == Backup.UNREADY
            || isPast(round.state().onBackupSince(), policy.minimumStay(), round);
    return policy.automaticFailback()
        && round.answered()
        && stayed
        && isPast(round.health().healthySince(), policy.failbackAfter(), round);
  }

  private static boolean isPast(Optional<Instant> since, Duration time, Round round) {
    return since.filter(at -> !at.plus(time).isAfter(round.now())).isPresent();
  }

  private static String reason(Round round, Phase phase) {
    if (phase == Phase.ON_BACKUP) {
      return round.because(
          round.health().failures() > 0
              ? "on the backup; production does not serve (%d failed in a row)"
                  .formatted(round.health().failures())
              : "on the backup; production is not well yet (%s)"
                  .formatted(round.health().figures(round.policy())));
    }
    return round.because(
        round.policy().automaticFailback()
            ? "on the backup; production serves again, and is gone back to after unbroken health"
            : "on the backup; production serves again, and a person goes back by 'failback'");
  }
}
