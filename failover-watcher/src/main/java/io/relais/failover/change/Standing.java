package io.relais.failover.change;

import java.util.Optional;

/**
 * Where the records point.
 *
 * @param detail every set or answer that matters, for people, in one line
 * @param remedy where they are FOREIGN, which of them is, and what to do; for people, in one line
 */
public record Standing(Where where, String detail, Optional<String> remedy) {
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

  public Standing(Where where, String detail) {
    this(where, detail, Optional.empty());
  }

  /** All of it, what to do first. */
  public String text() {
    return remedy.map(what -> what + " (" + detail + ")").orElse(detail);
  }
}
