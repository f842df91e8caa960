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
final class Parallel {
  /**
   * At a round trip of 30 ms, 128 files under way give about 1,800 a second and 512 about 5,400;
   * more brings nothing. Each holds at most a buffer of its file's size or 128 KiB, and the bytes
   * under way are limited apart from this.
   */
  private static final int WIDTH = 384;

  /** Does one task. */
  interface Task<T> {
    StepResult run(T input) throws IOException;
  }

  private sealed interface Event {
    record Result(StepResult value) implements Event {}

    record WorkerEnded() implements Event {}
  }

  /**
   * Runs everything. When one task throws, no other is begun, and the exception comes out here once
   * those under way have ended and their results are reported.
   */
  <T> void run(Collection<List<T>> groups, Task<T> task, Consumer<StepResult> results)
      throws IOException {
    Queue<List<T>> waiting = new ConcurrentLinkedQueue<>(groups);
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    int workers = Math.min(WIDTH, groups.size());
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
          events.add(new Event.Result(result));
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
          case Event.Result(var result) -> results.accept(result);
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
