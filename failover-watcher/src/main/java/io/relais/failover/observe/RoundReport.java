package io.relais.failover.observe;

import io.relais.failover.change.Outcome;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.WatchState;
import io.relais.failover.decide.WatchState.BegunChange;
import io.relais.failover.state.PersistentState;
import java.util.Optional;

/**
 * What a round did.
 *
 * @param before the decision's state when it began
 * @param refusal why an operator's command is not followed, for that operator
 */
public record RoundReport(
    PersistentState memory,
    WatchState before,
    RoundObservation seen,
    ActionResult result,
    Optional<String> refusal) {
  /** Whether an operator asked for what was done, in this round or when it was begun. */
  public boolean byHand() {
    return before.pending().filter(BegunChange::byHand).isPresent()
        || seen.observation().command().filter(asked -> asked != Command.RESUME).isPresent();
  }

  /**
   * What was done with the zone.
   *
   * @param tried false if the provider is still given the time that it asked for
   * @param begun whether the action led to a change that is under way, or done
   * @param changing whether a change is under way at the end of the round
   * @param accepted false if the provider has not accepted it yet: nobody can have seen it
   */
  public record ActionResult(
      Action action,
      boolean tried,
      boolean begun,
      Outcome outcome,
      boolean changing,
      boolean accepted) {
    /** Whether something was to be done, and could not. */
    public boolean failed() {
      return action != Action.NONE && outcome instanceof Outcome.Retrying;
    }

    /** Whether something is under way that the provider does not take. */
    public boolean rejected() {
      return failed() && changing && !accepted;
    }
  }
}
