package io.relais.failover.decide;

/** Where the site's records point. {@code status} shows the names of the constants. */
public enum RecordPlace {
  PRODUCTION,
  /** At the backup's address of now. */
  BACKUP,
  /** At an address that the backup is known to have had before. */
  OLD_BACKUP,
  /** Some at production, some at the backup, or the servers differ: a change on its way. */
  MIXED,
  /** Some are at neither, or there are none. */
  FOREIGN,
  UNKNOWN
}
