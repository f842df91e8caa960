package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;

/** Rounds in which our change of the zone is under way. */
final class ChangingPhase {
  private ChangingPhase() {}

  static Decision switching(DecisionRound round) {
    boolean byHand = round.isByHand();
    if (!byHand && round.health().isWell(round.policy())) {
      return round.beginBack(
          Action.UNDO, false, round.withReasons("production came back before the switch was done"));
    }
    return !byHand && isOpen(round) && round.answered()
        ? round.enter(
            Phase.SWITCHING,
            round.withReasons(
                "the switch waits: production answered before all of it was accepted"))
        : carryOn(round, "the records are on their way to the backup");
  }

  /** Its last step failed, or a former run left it somewhere: perhaps nobody has seen it yet. */
  private static boolean isOpen(DecisionRound round) {
    return round.seen().change() == ChangeStatus.RETRYING;
  }

  static Decision failingBack(DecisionRound round) {
    return carryOn(round, "the records are on their way back to production");
  }

  private static Decision carryOn(DecisionRound round, String what) {
    return round.act(round.state().phase(), Action.CONTINUE, round.withReasons(what));
  }
}
