package io.relais.common;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: capped exponential backoff with full jitter, that is, a
 * random time between zero and a limit that doubles with each failure. Spreading over the whole
 * range keeps clients that lost a server at the same moment from coming back at the same moment.
 *
 * <p>It only computes; nothing here waits. For one thread.
 */
public final class Backoff {
  private final long firstNanos;
  private final long longestNanos;
  private final RandomGenerator random;
  private int failures;

  /**
   * Makes one that has seen no failure.
   *
   * @param first the limit after the first failure; over zero
   * @param longest the limit that is never exceeded; at least {@code first}, less than 146 years
   * @throws IllegalArgumentException if the durations are out of range (the caller's fault)
   */
  public Backoff(Duration first, Duration longest, RandomGenerator random) {
    checkArgument(first.isPositive(), "first %s is not over zero", first);
    checkArgument(longest.compareTo(first) >= 0, "longest %s is under first %s", longest, first);
    checkArgument(longest.compareTo(Duration.ofDays(53_000)) < 0, "longest %s", longest);
    this.firstNanos = first.toNanos();
    this.longestNanos = longest.toNanos();
    this.random = random;
  }

  /** Counts one more failure and tells how long to wait, from zero up to and with the limit. */
  public Duration next() {
    long limit = limitNanos();
    failures++;
    return Duration.ofNanos(random.nextLong(limit + 1));
  }

  private long limitNanos() {
    long limit = firstNanos;
    for (int i = 0; i < failures && limit < longestNanos; i++) {
      limit *= 2;
    }
    return Math.min(limit, longestNanos);
  }

  /** Failures since the last success. */
  public int failures() {
    return failures;
  }

  /** It worked: the next failure is the first again. */
  public void reset() {
    failures = 0;
  }
}
