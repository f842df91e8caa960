package io.relais.sync.transfer;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs groups of tasks side by side on virtual threads, those of one group in order, and hands the
 * results to the thread that asked.
 */
final class TaskGroups {
  /** Does one task. */
  interface Task<T> {
    StepResult run(T input) throws IOException;
  }

  private sealed interface Event {
    record TaskDone(StepResult value) implements Event {}

    record WorkerEnded() implements Event {}
  }

  /**
   * Runs everything. When one task throws, no other is begun, and the exception comes out here once
   * those under way have ended and their results are reported.
   *
   * @param width how many groups are under way at once
   */
  <T> void run(Collection<List<T>> groups, int width, Task<T> task, Consumer<StepResult> results)
      throws IOException {
    Queue<List<T>> waiting = new ConcurrentLinkedQueue<>(groups);
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    int workers = Math.min(width, groups.size());
    for (int i = 0; i < workers; i++) {
      Thread.ofVirtual().name("transfer-" + i).start(() -> work(waiting, task, events, failure));
    }
    collect(workers, events, results, failure);
    rethrow(failure.get());
  }

  private static <T> void work(
      Queue<List<T>> waiting,
      Task<T> task,
      BlockingQueue<Event> events,
      AtomicReference<@Nullable Throwable> failure) {
    try {
      List<T> group = waiting.poll();
      while (group != null && failure.get() == null) {
        for (T input : group) {
          StepResult result = task.run(input);
          events.add(new Event.TaskDone(result));
          if (result instanceof StepResult.Changed || result instanceof StepResult.Failed) {
            break;
          }
        }
        group = waiting.poll();
      }
    } catch (IOException | RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    } finally {
      events.add(new Event.WorkerEnded());
    }
  }

  private static void collect(
      int workers,
      BlockingQueue<Event> events,
      Consumer<StepResult> results,
      AtomicReference<@Nullable Throwable> failure) {
    boolean interrupted = false;
    while (workers > 0) {
      try {
        switch (events.take()) {
          case Event.TaskDone(var result) -> results.accept(result);
          case Event.WorkerEnded() -> workers--;
        }
      } catch (InterruptedException e) {
        interrupted = true;
        failure.compareAndSet(null, new StoppedException());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void rethrow(@Nullable Throwable failure) throws IOException {
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }
}
