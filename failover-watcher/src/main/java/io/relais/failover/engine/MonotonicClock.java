package io.relais.failover.engine;

import io.relais.common.DurationFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of day when the process began, and from there by a clock that nobody sets: what a daemon
 * measures must not jump with each correction. Where the two differ by more than a minute (a
 * machine that began without the time, or slept), the time of day counts from then on. For any
 * number of threads.
 */
public final class MonotonicClock implements InstantSource {
  private static final Logger log = LoggerFactory.getLogger(MonotonicClock.class);
  private static final Duration TOLERATED = Duration.ofMinutes(1);

  private final InstantSource wall;
  private final LongSupplier ticker;
  private volatile Anchor anchor;

  /** A point at which both clocks were read. */
  private record Anchor(Instant at, long nanos) {
    Instant plus(long now) {
      return at.plusNanos(now - nanos);
    }
  }

  public MonotonicClock(InstantSource wall) {
    this(wall, System::nanoTime);
  }

  /**
   * Makes one.
   *
   * @param ticker counts nanoseconds, from anywhere
   */
  MonotonicClock(InstantSource wall, LongSupplier ticker) {
    this.wall = wall;
    this.ticker = ticker;
    this.anchor = new Anchor(wall.instant(), ticker.getAsLong());
  }

  @Override
  public Instant instant() {
    long nanos = ticker.getAsLong();
    Instant steady = anchor.plus(nanos);
    Instant day = wall.instant();
    Duration off = Duration.between(steady, day);
    if (off.abs().compareTo(TOLERATED) <= 0) {
      return steady;
    }
    log.warn(
        "the time of day has jumped by {}; what was counted may start again",
        DurationFormat.of(off));
    anchor = new Anchor(day, nanos);
    return day;
  }
}
