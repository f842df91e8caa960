package io.relais.failover.state;

import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What people were told, as far as it matters for telling them more. A plain value.
 *
 * @param blind whether the blindness that lasts has been told
 * @param stuck what keeps from a change that is wanted, while it does
 * @param daily when a thing was told that is told once a day, by thing
 */
public record NoticeHistory(
    boolean blind, Optional<StalledChange> stuck, ImmutableMap<String, Instant> daily) {
  static final NoticeHistory NOTHING =
      new NoticeHistory(false, Optional.empty(), ImmutableMap.of());

  public NoticeHistory withBlind(boolean yes) {
    return new NoticeHistory(yes, stuck, daily);
  }

  public NoticeHistory withStuck(Optional<StalledChange> next) {
    return new NoticeHistory(blind, next, daily);
  }

  public NoticeHistory withDaily(ImmutableMap<String, Instant> times) {
    return new NoticeHistory(blind, stuck, times);
  }

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
}
