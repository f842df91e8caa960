package io.relais.sync.watch;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.relais.sync.linux.Inotify;
import io.relais.sync.linux.InotifyEvent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Takes events from the kernel as fast as they come, in a thread that does nothing else: the
 * kernel's queue holds only 16,384, and a walk through a new directory takes longer than a program
 * takes to make those. What waits here is bounded by memory instead.
 */
final class InotifyDrain {
  private static final int BUFFER = 256 * 1024;
  private static final long MOST_WAITING = 64L << 20;

  private static final byte[] END = {};

  /** No events, but a reason to look up. */
  private static final byte[] NUDGE = {};

  private final Inotify inotify;
  private final BlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
  private final AtomicLong bytesWaiting = new AtomicLong();
  private final Thread thread;

  InotifyDrain(Inotify inotify) {
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
        patience == null ? waiting.take() : waiting.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
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
