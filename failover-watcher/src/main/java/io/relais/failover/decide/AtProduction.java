package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Health.Verdict;
import io.relais.failover.decide.Observation.Sight;
import java.util.Optional;

/** Rounds in which the records point at production, as far as is known. */
final class AtProduction {
  private AtProduction() {}

  static Decision decide(Round round) {
    Round here = wellAgain(round);
    if (here.isChangeActive()) {
      return here.act(
          phase(here), Action.CONTINUE, here.because("a change begun earlier is carried on"));
    }
    return here.isCounted() && here.health().verdict() == Verdict.DOWN
        ? down(here)
        : here.rest(phase(here), reason(here));
  }

  private static Round wellAgain(Round round) {
    return round.state().held() && round.health().isWell(round.policy())
        ? round.with(round.state().edit().held(false).done())
        : round;
  }

  private static Phase phase(Round round) {
    if (round.isBlind()) {
      return Phase.BLIND;
    }
    return round.isCounted() ? Settling.byVerdict(round) : round.state().phase();
  }

  private static String reason(Round round) {
    if (round.isBlind()) {
      return round.because("production can't be judged");
    }
    if (!round.isCounted()) {
      return round.because("nothing is known about production");
    }
    return round.health().verdict() == Verdict.WELL
        ? round.seen().reasons()
        : round.because(
            (round.health().failures() > 0 ? "production failed (" : "production is not well yet (")
                + round.health().figures(round.policy())
                + ")");
  }

  private static Decision down(Round round) {
    Optional<String> hindrance = hindrance(round);
    if (hindrance.isPresent()) {
      return round.rest(
          Phase.DOWN, round.besides("production is down, and not switched: " + hindrance.get()));
    }
    int limit = round.policy().switchesPerDay();
    if (round.state().switches().size() >= limit) {
      return round.rest(
          Phase.HALTED,
          round.besides(
              ("production is down, and not switched: it was switched %d times within 24 hours, and"
                      + " 'switches_per_day' allows %d; 'resume' counts anew, and 'switch' moves"
                      + " the records")
                  .formatted(round.state().switches().size(), limit)));
    }
    return round.beginSwitch(
        false,
        round.because("production is down (" + round.health().figures(round.policy()) + ")"));
  }

  /** What speaks against a switch although production is down. */
  private static Optional<String> hindrance(Round round) {
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
          "a person forced the records back to it; 'switch' or 'resume' ends this, and so does"
              + " production once it is well");
    }
    return round.isBackupReady()
        ? Optional.empty()
        : Optional.of("the backup is not ready to take over");
  }
}
