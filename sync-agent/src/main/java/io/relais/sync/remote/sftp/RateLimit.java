package io.relais.sync.remote.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps what a mirror sends to so many bytes in a second, over all its channels. What was not used
 * for a while may go at once, up to a quarter of a second's worth. Safe for use by many threads.
 */
final class RateLimit {
  private static final long SECOND = 1_000_000_000;
  private static final long BURST = SECOND / 4;
  private static final int SMALLEST_PIECE = 4 << 10;

  /** Without a limit. */
  static final RateLimit NONE = new RateLimit(Long.MAX_VALUE, System::nanoTime, nanos -> {});

  private final long bytesPerSecond;
  private final LongSupplier clock;
  private final Sleeper sleeper;

  /** When what was sent so far will have been paid for, in the clock's nanoseconds. */
  @GuardedBy("this")
  private long paidAt;

  /** Waits. */
  interface Sleeper {
    void sleep(long nanos) throws InterruptedException;
  }

  RateLimit(long bytesPerSecond, LongSupplier clock, Sleeper sleeper) {
    this.bytesPerSecond = bytesPerSecond;
    this.clock = clock;
    this.sleeper = sleeper;
    this.paidAt = clock.getAsLong();
  }

  static RateLimit of(long bytesPerSecond) {
    return new RateLimit(
        bytesPerSecond, System::nanoTime, nanos -> Thread.sleep(Duration.ofNanos(nanos)));
  }

  /** How much to send in one piece, so that nobody waits for long: as wished, or less. */
  int piece(int wished) {
    return (int) Math.min(wished, Math.max(SMALLEST_PIECE, bytesPerSecond / 8));
  }

  /** Waits until so many bytes may be sent. */
  void take(int bytes) throws InterruptedIOException {
    if (bytesPerSecond == Long.MAX_VALUE) {
      return;
    }
    long wait = book(bytes);
    if (wait <= 0) {
      return;
    }
    try {
      sleeper.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the rate limit");
    }
  }

  private synchronized long book(int bytes) {
    long now = clock.getAsLong();
    if (now - paidAt > BURST) {
      paidAt = now - BURST;
    }
    paidAt += (long) ((double) bytes * SECOND / bytesPerSecond);
    return paidAt - now;
  }
}
