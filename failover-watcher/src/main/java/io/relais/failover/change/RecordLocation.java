package io.relais.failover.change;

import io.relais.failover.decide.RecordPlace;
import java.util.Optional;

/**
 * Where the records point, and how that is known.
 *
 * @param detail every set or answer that matters, for people, in one line
 * @param remedy where they are FOREIGN, which of them is, and what to do; for people, in one line
 */
public record RecordLocation(RecordPlace place, String detail, Optional<String> remedy) {
  public RecordLocation(RecordPlace place, String detail) {
    this(place, detail, Optional.empty());
  }

  /** All of it, what to do first. */
  public String text() {
    return remedy.map(what -> what + " (" + detail + ")").orElse(detail);
  }
}
