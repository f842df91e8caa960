package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;
import java.util.Optional;

/** A zone that does what is asked, or fails to in one way; all else is as given. */
final class World {
  private final int steps;
  private final ChangeStatus end;
  private RecordPlace zone;
  private RecordPlace goal;
  private ChangeStatus change = ChangeStatus.NONE;
  private int left;

  /**
   * @param steps for which a change is under way
   * @param end how each ends: VERIFIED, REFUSED, RETRYING for ever, or NONE, as if never begun
   */
  World(RecordPlace zone, int steps, ChangeStatus end) {
    this.zone = zone;
    this.goal = zone;
    this.steps = steps;
    this.end = end;
  }

  /** No command is given: it would not be a stable input. */
  Observation seen(Observation inputs) {
    return new Observation(
        inputs.production(),
        inputs.sight(),
        inputs.backup(),
        zone,
        change,
        Optional.empty(),
        inputs.reasons());
  }

  void act(Action action) {
    switch (action) {
      case SWITCH, FOLLOW -> begin(RecordPlace.BACKUP);
      case FAIL_BACK, UNDO -> begin(RecordPlace.PRODUCTION);
      case CONTINUE -> advance();
      case NONE -> {}
    }
  }

  private void begin(RecordPlace to) {
    goal = to;
    left = steps;
    advance();
  }

  private void advance() {
    change = left-- > 0 ? ChangeStatus.UNDER_WAY : end;
    if (change == ChangeStatus.VERIFIED) {
      zone = goal;
    }
  }
}
