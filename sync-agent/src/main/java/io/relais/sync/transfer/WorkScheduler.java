package io.relais.sync.transfer;

import com.google.common.collect.ImmutableList;
import io.relais.common.IoFunction;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Work that branches, in lanes: each does one kind of work, many pieces at once on virtual threads.
 * What comes out is taken on the one thread that calls {@link #run}, and may add more work to any
 * lane.
 */
public final class WorkScheduler {
  private final BooleanSupplier stopping;
  private final List<Lane<?, ?>> lanes = new ArrayList<>();
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private int underWay;
  private @Nullable Throwable broken;

  public WorkScheduler(BooleanSupplier stopping) {
    this.stopping = stopping;
  }

  /** One kind of work. For the thread that calls {@link #run}. */
  public final class Lane<N, R> {
    private final String name;
    private final IntSupplier width;
    private final ToIntFunction<N> weight;
    private final BooleanSupplier held;
    private final IoFunction<N, R> work;
    private final Consumer<R> take;
    private final ArrayDeque<N> waiting = new ArrayDeque<>();
    private int begun;
    private int weighing;

    private Lane(
        String name,
        IntSupplier width,
        ToIntFunction<N> weight,
        BooleanSupplier held,
        IoFunction<N, R> work,
        Consumer<R> take) {
      this.name = name;
      this.width = width;
      this.weight = weight;
      this.held = held;
      this.work = work;
      this.take = take;
    }

    public void add(N piece) {
      waiting.add(piece);
      weighing += weight.applyAsInt(piece);
    }

    /**
     * Adds what is to come before all that waits: so few pieces wait at a time while a tree is
     * walked.
     */
    public void addFirst(N piece) {
      waiting.addFirst(piece);
      weighing += weight.applyAsInt(piece);
    }

    /** The weight of what waits or is under way. */
    public int size() {
      return weighing + begun;
    }

    private void begin() {
      while (begun < width.getAsInt() && !waiting.isEmpty() && !held.getAsBoolean()) {
        N piece = waiting.removeFirst();
        int heavy = weight.applyAsInt(piece);
        weighing -= heavy;
        begun += heavy;
        underWay++;
        Thread.ofVirtual().name(name).start(() -> attempt(piece, heavy));
      }
    }

    private void attempt(N piece, int heavy) {
      try {
        R result = work.apply(piece);
        events.add(
            () -> {
              ended(heavy);
              take.accept(result);
            });
      } catch (IOException | RuntimeException | Error e) {
        events.add(
            () -> {
              ended(heavy);
              breakOff(e);
            });
      }
    }

    private void ended(int heavy) {
      begun -= heavy;
      underWay--;
    }
  }

  /**
   * Adds a lane.
   *
   * @param width how much may be under way at once, by weight; asked whenever more could begin
   * @param weight how many pieces one counts for
   * @param held whether no more may be begun for now; asked when something has come out of any lane
   * @param work called on many virtual threads
   * @param take gets each result on the thread that calls {@link #run}
   */
  public <N, R> Lane<N, R> lane(
      String name,
      IntSupplier width,
      ToIntFunction<N> weight,
      BooleanSupplier held,
      IoFunction<N, R> work,
      Consumer<R> take) {
    Lane<N, R> lane = new Lane<>(name, width, weight, held, work, take);
    lanes.add(lane);
    return lane;
  }

  /**
   * Works until nothing is left.
   *
   * @param between called on this thread each time what had come out by then was taken, before more
   *     is begun
   * @throws StoppedException if {@code stopping} turned true, or the thread was interrupted
   * @throws IOException what the first work that failed threw, once all that was under way has
   *     ended and was taken
   */
  public void run(Runnable between) throws IOException {
    while (true) {
      if (stopping.getAsBoolean()) {
        breakOff(new StoppedException());
      }
      if (broken == null) {
        take(between);
      }
      if (broken == null) {
        lanes.forEach(Lane::begin);
      }
      if (underWay == 0) {
        break;
      }
      for (Runnable event = next(); event != null; event = events.poll()) {
        take(event);
      }
    }
    if (broken != null) {
      throw rethrown(broken);
    }
  }

  /**
   * Visits all nodes of one tree, or of several.
   *
   * @param width how many at once
   * @param visit called on many virtual threads
   * @param take gets each result on the calling thread and says which nodes come next: before all
   *     others that wait
   * @throws IOException see {@link #run}
   */
  public static <N, R> void explore(
      BooleanSupplier stopping,
      int width,
      Collection<N> start,
      IoFunction<N, R> visit,
      Function<R, ImmutableList<N>> take)
      throws IOException {
    WorkScheduler workScheduler = new WorkScheduler(stopping);
    ArrayDeque<N> next = new ArrayDeque<>();
    Lane<N, R> lane =
        workScheduler.lane(
            "explore",
            () -> width,
            _ -> 1,
            () -> false,
            visit,
            result -> next.addAll(take.apply(result)));
    start.forEach(lane::add);
    workScheduler.run(
        () -> {
          next.descendingIterator().forEachRemaining(lane::addFirst);
          next.clear();
        });
  }

  /** Whatever can't be taken ends the work, but not before what is under way has ended. */
  private void take(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException | Error e) {
      breakOff(e);
    }
  }

  private void breakOff(Throwable cause) {
    broken = broken == null ? cause : broken;
  }

  /** An interrupt is kept for the end: what is under way ends soon by itself. */
  private Runnable next() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return events.take();
        } catch (InterruptedException e) {
          interrupted = true;
          breakOff(new StoppedException());
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
