package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.SiteHealth.Verdict;
import java.util.Optional;

/** Rounds in which the records point at production, as far as is known. */
final class ProductionPhase {
  private ProductionPhase() {}

  static Decision decide(DecisionRound round) {
    DecisionRound here = wellAgain(round);
    if (here.isChangeActive()) {
      return here.act(
          phase(here), Action.CONTINUE, here.withReasons("a change begun earlier is carried on"));
    }
    return here.isCounted() && here.health().verdict() == Verdict.DOWN
        ? down(here)
        : here.enter(phase(here), reason(here));
  }

  private static DecisionRound wellAgain(DecisionRound round) {
    return round.state().held() && round.health().isWell(round.policy())
        ? round.with(round.state().edit().held(false).done())
        : round;
  }

  private static Phase phase(DecisionRound round) {
    if (round.isBlind()) {
      return Phase.BLIND;
    }
    return round.isCounted() ? PhaseReconciler.byVerdict(round) : round.state().phase();
  }

  private static String reason(DecisionRound round) {
    if (round.isBlind()) {
      return round.withReasons("production can't be judged");
    }
    if (!round.isCounted()) {
      return round.withReasons("nothing is known about production");
    }
    return round.health().verdict() == Verdict.WELL
        ? round.seen().reasons()
        : round.withReasons(
            (round.health().failures() > 0 ? "production failed (" : "production is not well yet (")
                + round.health().figures(round.policy())
                + ")");
  }

  private static Decision down(DecisionRound round) {
    Optional<String> hindrance = hindrance(round);
    if (hindrance.isPresent()) {
      return round.enter(
          Phase.DOWN,
          round.plusReasons("production is down, and not switched: " + hindrance.get())
              + (round.failed() && round.hasBackupAddress() ? "; " + Commands.FORCE : ""));
    }
    int limit = round.policy().switchesPerDay();
    if (round.state().switches().size() >= limit) {
      return round.enter(
          Phase.HALTED,
          round.plusReasons(
              ("production is down, and not switched: it was switched %d times within 24 hours, and"
                      + " 'switches_per_day' allows %d; 'resume' resets the count, and 'switch' moves"
                      + " the records")
                  .formatted(round.state().switches().size(), limit)));
    }
    return round.beginSwitch(
        false,
        round.withReasons("production is down (" + round.health().figures(round.policy()) + ")"));
  }

  /** What speaks against a switch although production is down. */
  private static Optional<String> hindrance(DecisionRound round) {
    if (!round.failed()) {
      return Optional.of(
          "it answered in this round (" + round.health().figures(round.policy()) + ")");
    }
    if (round.seen().sight() != Sight.CLEAR) {
      return Optional.of(
          round.seen().sight() == Sight.DISPUTED
              ? "somebody else can reach it"
              : "it was not checked whether our own line is in doubt");
    }
    if (round.state().held()) {
      return Optional.of(
          "an operator forced the records back to it; 'switch' or 'resume' ends this, and so does"
              + " production once it is well");
    }
    return round.isBackupReady()
        ? Optional.empty()
        : Optional.of("the backup is not ready to take over");
  }
}
