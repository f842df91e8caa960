package io.relais.failover.engine;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Decision.Action;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what would be done, once, and does nothing. For one thread. */
final class DryRunZoneActions implements ZoneActions {
  private static final Logger log = LoggerFactory.getLogger(DryRunZoneActions.class);

  private final ZoneActions real;
  private final BiFunction<ChangeKind, Optional<BackupAddresses>, String> preview;
  private String said = "";

  /**
   * Makes one.
   *
   * @param real asked how things stand, never told to act
   * @param preview what a change would do, for people
   */
  DryRunZoneActions(
      ZoneActions real, BiFunction<ChangeKind, Optional<BackupAddresses>, String> preview) {
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
  public boolean accepted() {
    return real.accepted();
  }

  @Override
  public Outcome last() {
    return real.last();
  }

  @Override
  public Optional<Instant> notBefore() {
    return Optional.empty();
  }

  @Override
  public void forgetResolved() {}

  @Override
  public Outcome act(Action action, Optional<BackupAddresses> backup, String why, Instant now) {
    switch (action) {
      case NONE -> {}
      case CONTINUE -> say("carry the change on that is under way");
      case UNDO -> say("take the change back that is under way");
      case SWITCH, FAIL_BACK, FOLLOW -> say(preview.apply(action.begins().orElseThrow(), backup));
    }
    return outcome();
  }

  private void say(String what) {
    if (!what.equals(said)) {
      log.warn("dry run: would {}", what);
      said = what;
    }
  }
}
