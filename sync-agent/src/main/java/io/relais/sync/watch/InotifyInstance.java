package io.relais.sync.watch;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.relais.common.Faults;
import io.relais.linux.Inotify;
import io.relais.linux.InotifyEvent;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One life of an inotify instance, with all the watches of a tree. */
public final class InotifyInstance implements WatcherInstance {
  /**
   * Watches with inotify(7) itself, through Java's FFM API: it starts several times faster than the
   * library directory-watcher, loses nothing in a burst, and tells when a file is closed and what
   * was moved where, so that most hints need not wait for quiet.
   */
  public static final WatchMethod METHOD =
      new WatchMethod("inotify", InotifyInstance::open, RootWatch::start);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final WatchAssignment assignment;
  private final Inotify inotify;
  private final WatchTable table = new WatchTable();
  private final WatchCoverage watchCoverage;
  private final WatchReconciler reconciler;
  private final InotifyEvents events;
  private final Drain drain;
  private @Nullable Thread thread;

  private InotifyInstance(WatchAssignment assignment, Inotify inotify) {
    this.assignment = assignment;
    this.inotify = inotify;
    this.watchCoverage = new WatchCoverage(assignment.tree(), assignment.listener(), table);
    this.reconciler =
        new WatchReconciler(
            inotify,
            assignment.tree(),
            table,
            watchCoverage,
            assignment.rejected(),
            assignment.budget(),
            new Reports());
    this.events =
        new InotifyEvents(
            table, watchCoverage, reconciler, assignment.listener(), assignment::trouble);
    this.drain = new Drain(inotify);
  }

  /** See {@link WatcherInstance.Opener}. */
  static InotifyInstance open(WatchAssignment assignment) throws IOException {
    InotifyInstance instance = new InotifyInstance(assignment, openInotify());
    try {
      instance.start();
      return instance;
    } catch (Throwable t) {
      instance.close();
      throw t;
    }
  }

  private static Inotify openInotify() throws UnavailableException {
    try {
      return Inotify.open();
    } catch (IOException e) {
      throw new UnavailableException(
          String.valueOf(e.getMessage()), e, e instanceof Inotify.LimitReachedException);
    }
  }

  private void start() throws IOException {
    reconciler.start();
    assignment.started(watchCoverage);
    thread = Thread.ofPlatform().name("watch-events").daemon().start(this::run);
  }

  private void run() {
    try {
      events.handleAll(drain);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      assignment.trouble("watching failed: " + Faults.describe(e));
    } finally {
      assignment.trouble("the watcher ended by itself");
    }
  }

  private final class Reports implements WatchReconciler.Reports {
    @Override
    public void isNew(RelPath directory) {
      assignment.isNew(directory);
    }

    @Override
    public void leftOut(RelPath directory) {
      assignment.leftOut(directory, watchCoverage);
    }

    @Override
    public boolean isOver() {
      return assignment.isRetired();
    }
  }

  @Override
  public WatchCoverage coverage() {
    return watchCoverage;
  }

  @Override
  public void audit(Set<RelPath> directories, Consumer<List<RelPath>> result) {
    events.add(
        new WatchAudit(
            inotify, assignment.tree(), table, watchCoverage, reconciler, directories, result));
    drain.nudge();
  }

  /** What a test makes defects in. */
  WatchTable table() {
    return table;
  }

  @Override
  public boolean isDead() {
    return thread != null && !thread.isAlive();
  }

  @Override
  public boolean tellsOfTheRootItself() {
    return watchCoverage.isWatched(RelPath.ROOT);
  }

  @Override
  public void close() {
    assignment.retire();
    inotify.wake();
    try {
      boolean ended = drain.join(CLOSE_PATIENCE);
      ended &= thread == null || thread.join(CLOSE_PATIENCE);
      if (ended) {
        inotify.close(); // otherwise somebody could still use its numbers for another file
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Takes events from the kernel as fast as they come, in a thread that does nothing else: the
   * kernel's queue holds only 16,384, and a walk through a new directory takes longer than a
   * program takes to make those. What waits here is bounded by memory instead.
   */
  static final class Drain {
    private static final int BUFFER = 256 * 1024;
    private static final long MOST_WAITING = 64L << 20;

    private static final byte[] END = {};

    /** No events, but a reason to look up. */
    private static final byte[] NUDGE = {};

    private final Inotify inotify;
    private final BlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
    private final AtomicLong bytesWaiting = new AtomicLong();
    private final Thread thread;

    Drain(Inotify inotify) {
      this.inotify = inotify;
      this.thread = Thread.ofPlatform().name("watch-drain").daemon().start(this::run);
    }

    private void run() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment buffer = arena.allocate(BUFFER, Integer.BYTES);
        int count = inotify.read(buffer);
        while (count > 0) {
          put(buffer.asSlice(0, count).toArray(JAVA_BYTE));
          count = inotify.read(buffer);
        }
      } catch (IOException e) {
        put(InotifyEvent.overflow());
      } finally {
        waiting.add(END);
      }
    }

    private void put(byte[] bytes) {
      byte[] kept = bytesWaiting.get() < MOST_WAITING ? bytes : InotifyEvent.overflow();
      bytesWaiting.addAndGet(kept.length);
      waiting.add(kept);
    }

    /**
     * Waits for events; none if none come within {@code patience}; null at the end.
     *
     * @param patience null to wait for ever
     */
    @SuppressWarnings("ReferenceEquality") // END is known by its identity
    @Nullable Iterable<InotifyEvent> take(@Nullable Duration patience) throws InterruptedException {
      byte[] bytes =
          patience == null
              ? waiting.take()
              : waiting.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (bytes == null) {
        return List.of();
      }
      if (bytes == END) {
        return null;
      }
      bytesWaiting.addAndGet(-bytes.length);
      return InotifyEvent.parse(bytes);
    }

    /** How often {@link #take} would give something at once. */
    int waiting() {
      return waiting.size();
    }

    /** Ends a {@link #take} with no events. */
    void nudge() {
      waiting.add(NUDGE);
    }

    /** Waits for the thread to end; whether it has. */
    boolean join(Duration patience) throws InterruptedException {
      return thread.join(patience);
    }
  }
}
