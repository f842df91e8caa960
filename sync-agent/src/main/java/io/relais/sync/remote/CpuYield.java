package io.relais.sync.remote;

import java.util.concurrent.locks.LockSupport;

/**
 * Lets others have the processor while a virtual thread works through much data without ever
 * waiting: nothing else takes it away, and there are as few carriers as processors. {@code
 * Thread.yield} is not enough: as of JDK 25 what yields is resumed before what other threads have
 * made ready meanwhile. For one thread.
 */
public final class CpuYield {
  /** A few milliseconds of hashing; a turn costs some 50 µs. */
  private static final long BYTES = 4 << 20;

  private long worked;

  /** So much more was worked through, without waiting for anything. */
  public void worked(long bytes) {
    worked += bytes;
    if (worked >= BYTES) {
      worked = 0;
      LockSupport.parkNanos(1);
    }
  }
}
