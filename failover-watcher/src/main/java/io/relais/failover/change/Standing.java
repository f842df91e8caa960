package io.relais.failover.change;

/**
 * Where the records point.
 *
 * @param detail every set or answer that matters, for people, in one line
 */
public record Standing(Where where, String detail) {
  /** Where. */
  public enum Where {
    PRODUCTION,
    BACKUP,
    /** At an address that this journal knows the backup to have had. */
    OLD_BACKUP,
    MIXED,
    FOREIGN,
    UNKNOWN
  }
}
