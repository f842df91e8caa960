package io.relais.failover.decide;

import java.util.Optional;

/**
 * What follows from a round.
 *
 * @param next what to remember
 * @param action what to do now
 * @param refusal why an operator's command is not followed, for that operator; empty if there was
 *     no command, or it is followed
 */
public record Decision(WatchState next, Action action, Optional<String> refusal) {
  /** What to do with the zone. */
  public enum Action {
    NONE,
    /** Begin to point the records at the backup. */
    SWITCH,
    /** Begin to restore the records as they were found. */
    FAIL_BACK,
    /** Begin to point the records at the backup's new address. */
    FOLLOW,
    /** Carry the change that is under way a step further. */
    CONTINUE,
    /** Take the change that is under way back: it no longer helps. */
    UNDO;

    /** What kind of change it begins; empty if it begins none. */
    public Optional<ChangeKind> begins() {
      return switch (this) {
        case SWITCH -> Optional.of(ChangeKind.SWITCH);
        case FAIL_BACK, UNDO -> Optional.of(ChangeKind.FAIL_BACK);
        case FOLLOW -> Optional.of(ChangeKind.FOLLOW);
        case NONE, CONTINUE -> Optional.empty();
      };
    }
  }

  Decision(WatchState next, Action action) {
    this(next, action, Optional.empty());
  }

  Decision refusing(String why) {
    return new Decision(next, action, Optional.of(why));
  }

  /** With the phase's beginning kept where the phase is what it was. */
  Decision since(WatchState before) {
    return new Decision(next.keepingSince(before), action, refusal);
  }
}
