package io.relais.failover.observe;

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
}
