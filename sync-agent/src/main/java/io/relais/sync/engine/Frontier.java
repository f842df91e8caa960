package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.transfer.StoppedException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Walks something that branches, many nodes at once; what is found is taken on one thread. */
final class Frontier {
  /** At 30 ms a directory's three round trips take 90 ms: this many at once list 700 a second. */
  private static final int WIDTH = 64;

  private final BooleanSupplier stopping;

  Frontier(BooleanSupplier stopping) {
    this.stopping = stopping;
  }

  /** Looks at one node; called on many virtual threads. */
  interface Visit<N, R> {
    R look(N node) throws IOException;
  }

  private sealed interface Event<R> {
    record Seen<R>(R result) implements Event<R> {}

    record Broken<R>(Throwable cause) implements Event<R> {}
  }

  /**
   * Visits all nodes.
   *
   * @param take gets each result on the calling thread and says which nodes come next
   * @throws StoppedException if {@code stopping} turned true, or the thread was interrupted
   */
  <N, R> void explore(Collection<N> start, Visit<N, R> visit, Function<R, ImmutableList<N>> take)
      throws IOException {
    ArrayDeque<N> waiting = new ArrayDeque<>(start);
    BlockingQueue<Event<R>> events = new LinkedBlockingQueue<>();
    int underWay = 0;
    Throwable broken = null;
    while (underWay > 0 || (!waiting.isEmpty() && broken == null)) {
      if (stopping.getAsBoolean() && broken == null) {
        broken = new StoppedException();
      }
      while (broken == null && underWay < WIDTH && !waiting.isEmpty()) {
        N node = waiting.removeFirst();
        underWay++;
        Thread.ofVirtual().name("survey").start(() -> visit(node, visit, events));
      }
      if (underWay == 0) {
        break;
      }
      switch (next(events)) {
        case Event.Seen<R>(var result) -> waiting.addAll(take.apply(result));
        case Event.Broken<R>(var cause) -> broken = broken == null ? cause : broken;
      }
      underWay--;
    }
    if (broken != null) {
      throw rethrown(broken);
    }
  }

  private static <N, R> void visit(N node, Visit<N, R> visit, BlockingQueue<Event<R>> events) {
    try {
      events.add(new Event.Seen<>(visit.look(node)));
    } catch (IOException | RuntimeException | Error e) {
      events.add(new Event.Broken<>(e));
    }
  }

  /** An interrupt is kept for the end: what is under way ends soon by itself. */
  private static <R> Event<R> next(BlockingQueue<Event<R>> events) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return events.take();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException rethrown(Throwable cause) {
    return switch (cause) {
      case IOException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(cause);
    };
  }
}
