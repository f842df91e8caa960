package io.relais.failover.decide;

/** Where the watcher stands; {@link Decider} has the tables of how one follows another. */
public enum Phase {
  /** Production serves, and the records point at it. */
  UP,
  /** Production has failed, but not often enough. */
  SUSPECT,
  /** Production is down, but a switch would not help or is not allowed just now. */
  DOWN,
  /** The records are on their way to the backup. */
  SWITCHING,
  /** The records point at the backup, and production does not serve. */
  ON_BACKUP,
  /** On the backup, and production serves again. */
  RECOVERING,
  /** The records are on their way back. */
  FAILING_BACK,
  /** Production fails, but so does everything: our own line is in doubt. Counters stand still. */
  BLIND,
  /** An operator must decide. */
  HALTED
}
