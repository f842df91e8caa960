package io.relais.failover.dns.lookup;

import io.relais.common.DurationFormat;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** The moment at which a lookup of several steps must be over, by the monotonic clock. */
public final class Deadline {
  private static final long NANOS_OF_A_MILLISECOND = 1_000_000;

  private final Duration whole;
  private final long end;

  private Deadline(Duration whole) {
    this.whole = whole;
    this.end = System.nanoTime() + whole.toNanos();
  }

  public static Deadline after(Duration whole) {
    return new Deadline(whole);
  }

  /**
   * What is left.
   *
   * @throws SocketTimeoutException if nothing is
   */
  public Duration left() throws SocketTimeoutException {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("no answer within " + DurationFormat.of(whole));
    }
    return Duration.ofNanos(left);
  }

  /** What is left, as a socket's timeout: at least 1 ms, because 0 means for ever there. */
  int leftMillis() throws SocketTimeoutException {
    return Math.clamp(left().toNanos() / NANOS_OF_A_MILLISECOND, 1, Integer.MAX_VALUE);
  }
}
