package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Looks at several things at once, each on a virtual thread of its own. Closing it interrupts what
 * still runs, and waits for its end.
 */
public final class ParallelChecks implements Executor, AutoCloseable {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  public <T> Future<T> submit(Callable<T> task) {
    return threads.submit(task);
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
  }

  /**
   * Runs all and waits for all; each has limits of its own.
   *
   * @return the results in the order of the tasks
   * @throws IllegalStateException if a task threw anything but an interruption (its defect)
   */
  static <T> ImmutableList<T> all(List<Callable<T>> tasks) throws InterruptedException {
    try (ParallelChecks threads = new ParallelChecks()) {
      List<Future<T>> futures = new ArrayList<>();
      tasks.forEach(task -> futures.add(threads.submit(task)));
      ImmutableList.Builder<T> results = ImmutableList.builder();
      for (Future<T> future : futures) {
        results.add(result(future));
      }
      return results.build();
    }
  }

  /** The result of a task that declares no failure. */
  public static <T> T result(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
