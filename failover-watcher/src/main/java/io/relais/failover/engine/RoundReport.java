package io.relais.failover.engine;

import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.WatchState;
import io.relais.failover.decide.WatchState.BegunChange;
import java.util.Optional;

/**
 * What a round did.
 *
 * @param before the decision's state when it began
 * @param refusal why an operator's command is not followed, for that operator
 */
record RoundReport(
    Memory memory, WatchState before, Seen seen, ActionResult deed, Optional<String> refusal) {
  /** Whether an operator asked for what was done, in this round or when it was begun. */
  boolean byHand() {
    return before.pending().filter(BegunChange::byHand).isPresent()
        || seen.observation().command().filter(asked -> asked != Command.RESUME).isPresent();
  }
}
