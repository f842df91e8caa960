package io.relais.failover.probe;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs what may block for longer than it should, on a daemon thread that is left behind then. */
final class TimeLimited {
  private TimeLimited() {}

  /**
   * @throws TimeoutException if it isn't done in time; its thread was interrupted
   * @throws ExecutionException with what it threw
   * @throws InterruptedException if this thread was interrupted; so was the other
   */
  static <T> T run(String name, Duration limit, Callable<T> task)
      throws TimeoutException, ExecutionException, InterruptedException {
    FutureTask<T> future = new FutureTask<>(task);
    Thread.ofPlatform().daemon().name(name).start(future);
    try {
      return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      future.cancel(true);
    }
  }
}
