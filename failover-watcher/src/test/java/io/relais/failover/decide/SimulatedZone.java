package io.relais.failover.decide;

import io.relais.failover.decide.Decision.Action;
import java.util.Optional;

/** A zone that does what is asked, or fails to in one way; all else is as given. */
final class SimulatedZone {
  private final int steps;
  private final ChangeStatus end;
  private RecordPlace place;
  private RecordPlace goal;
  private ChangeStatus change = ChangeStatus.NONE;
  private int left;

  /**
   * @param steps for which a change is under way
   * @param end how each ends: VERIFIED, REFUSED, RETRYING for ever, or NONE, as if never begun
   */
  SimulatedZone(RecordPlace place, int steps, ChangeStatus end) {
    this.place = place;
    this.goal = place;
    this.steps = steps;
    this.end = end;
  }

  /** No command is given: it would not be a stable input. */
  Observation seen(Observation inputs) {
    return new Observation(
        inputs.production(),
        inputs.sight(),
        inputs.backup(),
        place,
        change,
        Optional.empty(),
        "",
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
      place = goal;
    }
  }
}
