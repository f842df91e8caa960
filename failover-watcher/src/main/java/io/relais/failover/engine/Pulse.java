package io.relais.failover.engine;

import java.time.Duration;
import java.time.Instant;

/**
 * How one mirror's heartbeats arrive here, by our own clock. A plain value.
 *
 * @param sequence of the last
 * @param arrived when we first saw it
 * @param gap between the arrivals of the last two
 */
record Pulse(long sequence, Instant arrived, Duration gap) {
  /** Before two have been seen. */
  private static final Duration UNKNOWN_GAP = Duration.ofSeconds(30);

  private static final Duration SLACK = Duration.ofSeconds(2);

  static Pulse first(long sequence, Instant now) {
    return new Pulse(sequence, now, UNKNOWN_GAP);
  }

  Pulse after(long sequence, Instant now) {
    return sequence == this.sequence
        ? this
        : new Pulse(sequence, now, Duration.between(arrived, now));
  }

  /** Whether the next is not overdue yet: half as late again as the last was. */
  boolean beating(Instant now) {
    Duration patience = gap.multipliedBy(3).dividedBy(2).plus(SLACK);
    return !arrived.isAfter(now) && Duration.between(arrived, now).compareTo(patience) <= 0;
  }
}
