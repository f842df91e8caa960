package io.relais.failover.engine;

import java.time.Duration;
import java.time.Instant;

/**
 * A change that is wanted and does not come about. A plain value.
 *
 * @param since when it was first so
 * @param times in how many rounds it was held back, or tried in vain
 */
record Stuck(Instant since, int times) {
  /** What the next round may cure is not worth a notice. */
  private static final int PATIENCE_TIMES = 3;

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  static Stuck begin(Instant now) {
    return new Stuck(now, 0);
  }

  Stuck again() {
    return new Stuck(since, Math.min(times + 1, PATIENCE_TIMES));
  }

  /** Whether it has lasted long enough for people to know. */
  boolean lasts(Instant now) {
    return times >= PATIENCE_TIMES || Duration.between(since, now).compareTo(PATIENCE) >= 0;
  }
}
