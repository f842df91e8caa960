package io.relais.failover.engine;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.ChangeKind;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.Decision.Action;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Carries actions out on the zone. For one thread. */
interface Actor {
  /** How the change of the zone stands: under way if a former run left one. */
  Outcome outcome();

  /** The kind of the change under way. */
  Optional<ChangeKind> underWay();

  /** Whether what a fail-back restores is remembered. */
  boolean switched();

  /**
   * Carries an action out, or one step of it.
   *
   * @throws IOException if the journal can't be written: nothing was changed
   */
  Outcome act(Action action, Optional<BackupAddresses> backup, Instant now)
      throws IOException, InterruptedException;

  /** How long a failed step waits before it is tried again, where nobody said. */
  Duration RETRY = Duration.ofSeconds(5);
}
