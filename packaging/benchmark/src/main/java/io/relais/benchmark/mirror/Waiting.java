package io.relais.benchmark.mirror;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Looks again and again, so rarely that it costs next to nothing. */
final class Waiting {
  private Waiting() {}

  /** What has to come true. */
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /** It did not come true. */
  static final class InVainException extends IOException {
    private static final long serialVersionUID = 1;

    InVainException(String what, Duration limit) {
      super("not %s within %d s".formatted(what, limit.toSeconds()));
    }
  }

  /**
   * Waits.
   *
   * @param millis between two looks
   * @return {@link System#nanoTime} when it was true
   * @throws InVainException if it is not within the limit
   */
  static long until(String what, Condition condition, Duration limit, int millis)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new InVainException(what, limit);
      }
      LockSupport.parkNanos(millis * 1_000_000L);
    }
    return System.nanoTime();
  }
}
