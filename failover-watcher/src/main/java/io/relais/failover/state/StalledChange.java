package io.relais.failover.state;

import java.time.Duration;
import java.time.Instant;

/**
 * A change that is wanted and does not come about. A plain value.
 *
 * @param since when it was first so
 * @param times in how many rounds it was held back, or tried in vain
 */
public record StalledChange(Instant since, int times) {
  /** What the next round may cure is not worth a notice. */
  private static final int PATIENCE_TIMES = 3;

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  public static StalledChange begin(Instant now) {
    return new StalledChange(now, 0);
  }

  public StalledChange again() {
    return new StalledChange(since, Math.min(times + 1, PATIENCE_TIMES));
  }

  /** Whether it has lasted long enough for people to know. */
  public boolean lasts(Instant now) {
    return times >= PATIENCE_TIMES || Duration.between(since, now).compareTo(PATIENCE) >= 0;
  }
}
