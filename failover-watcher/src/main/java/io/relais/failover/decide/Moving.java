package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.WatchState.Pending;

/** Rounds in which our change of the zone is under way. */
final class Moving {
  private Moving() {}

  static Decision switching(Round round) {
    boolean byHand = round.state().pending().filter(Pending::byHand).isPresent();
    return !byHand && round.health().isWell(round.policy())
        ? round.beginBack(
            Action.UNDO, false, round.because("production came back before the switch was done"))
        : carryOn(round, "the records are on their way to the backup");
  }

  static Decision failingBack(Round round) {
    return carryOn(round, "the records are on their way back to production");
  }

  private static Decision carryOn(Round round, String what) {
    return round.act(round.state().phase(), Action.CONTINUE, round.because(what));
  }
}
