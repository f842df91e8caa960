package io.relais.failover.engine;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.ChangeKind;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.Decision.Action;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what would be done, and does nothing. For one thread. */
final class DryActor implements Actor {
  private static final Logger log = LoggerFactory.getLogger(DryActor.class);

  private final Actor real;
  private final BiFunction<ChangeKind, Optional<BackupAddresses>, String> preview;

  /**
   * Makes one.
   *
   * @param real asked how things stand, never told to act
   * @param preview what a change would do, for people
   */
  DryActor(Actor real, BiFunction<ChangeKind, Optional<BackupAddresses>, String> preview) {
    this.real = real;
    this.preview = preview;
  }

  @Override
  public Outcome outcome() {
    return real.outcome();
  }

  @Override
  public Optional<ChangeKind> underWay() {
    return real.underWay();
  }

  @Override
  public boolean switched() {
    return real.switched();
  }

  @Override
  public Outcome act(Action action, Optional<BackupAddresses> backup, Instant now) {
    switch (action) {
      case NONE, CONTINUE, UNDO -> {}
      case SWITCH -> log.warn("dry run: would {}", preview.apply(ChangeKind.SWITCH, backup));
      case FAIL_BACK -> log.warn("dry run: would {}", preview.apply(ChangeKind.FAIL_BACK, backup));
      case FOLLOW -> log.warn("dry run: would {}", preview.apply(ChangeKind.FOLLOW, backup));
    }
    return new Outcome.Idle();
  }
}
