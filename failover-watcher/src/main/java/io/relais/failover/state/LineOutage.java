package io.relais.failover.state;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An outage of the backup's own line; several where it comes and goes. A plain value.
 *
 * @param since when the first was noticed
 * @param times how often the line was out
 * @param total how long it was, in the outages that are over
 * @param outSince since when it is out now; empty if it is back
 * @param until when it came back last; as {@code since} before it did
 * @param told when people were told that it is out
 */
public record LineOutage(
    Instant since,
    int times,
    Duration total,
    Optional<Instant> outSince,
    Instant until,
    Optional<Instant> told) {
  /** A line that has been back for so long is back. */
  private static final Duration SETTLE = Duration.ofMinutes(2);

  /** One that comes and goes for longer is told of meanwhile. */
  private static final Duration LONGEST = Duration.ofHours(1);

  /** The line is out. */
  public static LineOutage out(Optional<LineOutage> before, Instant now) {
    return before
        .map(known -> known.outSince.isPresent() ? known : known.outAgain(now))
        .orElseGet(
            () -> new LineOutage(now, 1, Duration.ZERO, Optional.of(now), now, Optional.empty()));
  }

  private LineOutage outAgain(Instant now) {
    return new LineOutage(since, times + 1, total, Optional.of(now), until, told);
  }

  /** The line works. */
  public LineOutage back(Instant now) {
    if (outSince.isEmpty()) {
      return this;
    }
    Duration time = Duration.between(outSince.get(), now);
    return new LineOutage(
        since, times, time.isNegative() ? total : total.plus(time), Optional.empty(), now, told);
  }

  public LineOutage toldAt(Instant now) {
    return new LineOutage(since, times, total, outSince, until, Optional.of(now));
  }

  /** Whether it has lasted for so long now. */
  public boolean lasts(Duration time, Instant now) {
    return outSince.filter(at -> !at.plus(time).isAfter(now)).isPresent();
  }

  /** Whether the line is back for good, as far as one can say; or it is time to tell. */
  public boolean isOver(Instant now) {
    return outSince.isEmpty()
        && (!until.plus(SETTLE).isAfter(now)
            || !since.plus(LONGEST).isAfter(now)
            || until.isAfter(now));
  }
}
