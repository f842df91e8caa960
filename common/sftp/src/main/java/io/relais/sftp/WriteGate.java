package io.relais.sftp;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Orders the end of a channel after what is being written on it. Nobody ever waits: what is to
 * follow is run by the last that writes, or at once where nobody does. For any thread.
 */
final class WriteGate {
  private static final int SHUT = Integer.MIN_VALUE;

  /** How many are writing; with {@link #SHUT} added once no more may. */
  private final AtomicInteger writers = new AtomicInteger();

  private final Queue<Runnable> next = new ConcurrentLinkedQueue<>();

  /** Whether the caller may write; then it has to {@link #leave}. */
  boolean enter() {
    return writers.getAndUpdate(count -> count < 0 ? count : count + 1) >= 0;
  }

  void leave() {
    if (writers.decrementAndGet() == SHUT) {
      runNext();
    }
  }

  boolean isShut() {
    return writers.get() < 0;
  }

  /** Lets nobody in any more, and runs something once nobody is writing. */
  void shut(Runnable then) {
    next.add(then);
    if (writers.updateAndGet(count -> count | SHUT) == SHUT) {
      runNext();
    }
  }

  private void runNext() {
    for (Runnable each = next.poll(); each != null; each = next.poll()) {
      each.run();
    }
  }
}
