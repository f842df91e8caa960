package io.relais.failover.decide;

import java.time.Instant;

/** The state machine: a pure function of what is remembered, what was seen, and the time. */
public final class Decider {
  private final Policy policy;

  public Decider(Policy policy) {
    this.policy = policy;
  }

  /**
   * Decides one round.
   *
   * @param now not before the state's own times, but for a clock that was set back: then what was
   *     counted starts anew
   */
  public Decision decide(WatchState state, Observation seen, Instant now) {
    throw new UnsupportedOperationException(policy + " " + state + seen + now);
  }
}
