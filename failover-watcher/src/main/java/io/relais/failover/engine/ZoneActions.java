package io.relais.failover.engine;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Decision.Action;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Carries actions out on the zone. For one thread. */
interface ZoneActions {
  /** How the change of the zone stands: {@link Outcome.Idle} if none is under way. */
  Outcome outcome();

  /** What the change under way is for; a switch that is being undone is a fail-back. */
  Optional<ChangeKind> underWay();

  /** Whether the provider has accepted what is under way; also if nothing is. */
  boolean accepted();

  /** What the last step came to, whether anything is under way or not. */
  Outcome last();

  /** When the next step may be tried, after one that failed. */
  Optional<Instant> notBefore();

  /** Forgets what an operator has resolved by hand: before a {@code resume} is decided. */
  void forgetResolved() throws IOException, InterruptedException;

  /**
   * Carries an action out, or one step of it.
   *
   * @param why it is done, in one line
   * @throws IOException if the journal can't be written: nothing was changed
   */
  Outcome act(Action action, Optional<BackupAddresses> backup, String why, Instant now)
      throws IOException, InterruptedException;
}
