package io.relais.failover.decide;

/**
 * What follows from a round.
 *
 * @param next what to remember
 * @param action what to do now
 */
public record Decision(WatchState next, Action action) {
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
    UNDO
  }
}
