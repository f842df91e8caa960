package io.relais.sync.verify;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.path.RelPath;
import io.relais.sync.transfer.SuspectCopyListener;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Files whose copies are in doubt. A small file that is saved again is sent again: whoever saves it
 * because its copy is wrong gets it right at once. Anything else is read back when there is time:
 * what is larger, what a program that saves thousands of files would send again and again, and what
 * was put together at the target. Kept in memory alone; what waits is bounded. Safe for use by many
 * threads.
 */
public final class SuspectCopies implements SuspectCopyListener {
  /** In bytes: about what a round trip of 30 ms costs at 200 Mbit/s. */
  static final long LARGEST_SENT_AGAIN = 1 << 20;

  /** Bytes that are sent again within an hour, though their content was to be there. */
  static final long ALLOWANCE = 64 << 20;

  static final Duration EVERY = Duration.ofHours(1);

  /** What was saved is often saved once more. */
  static final Duration QUIET = Duration.ofSeconds(10);

  private static final int MOST = 10_000;

  private final InstantSource clock;

  @GuardedBy("this")
  private final PriorityQueue<Waiting> queue =
      new PriorityQueue<>(Comparator.comparing(Waiting::due));

  @GuardedBy("this")
  private final Set<RelPath> waiting = new HashSet<>();

  /** When each was last read back: not again within {@link #EVERY}. */
  @GuardedBy("this")
  private final Map<RelPath, Instant> readBack =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RelPath, Instant> eldest) {
          return size() > MOST;
        }
      };

  @GuardedBy("this")
  private double allowance = ALLOWANCE;

  @GuardedBy("this")
  private Instant filled;

  private record Waiting(RelPath path, Instant due) {}

  public SuspectCopies(InstantSource clock) {
    this.clock = clock;
    this.filled = clock.instant();
  }

  @Override
  public boolean sendsAgain(RelPath path, long size) {
    if (size <= LARGEST_SENT_AGAIN && spend(size)) {
      return true;
    }
    readBack(path);
    return false;
  }

  private synchronized boolean spend(long size) {
    Instant now = clock.instant();
    double hours = Duration.between(filled, now).toMillis() / (double) EVERY.toMillis();
    allowance = Math.min(ALLOWANCE, allowance + Math.max(0, hours) * ALLOWANCE);
    filled = now;
    if (size > allowance) {
      return false;
    }
    allowance -= size;
    return true;
  }

  @Override
  public synchronized void readBack(RelPath path) {
    if (waiting.size() >= MOST || !waiting.add(path)) {
      return;
    }
    Instant soon = clock.instant().plus(QUIET);
    Instant last = readBack.get(path);
    Instant next = last == null ? soon : last.plus(EVERY);
    queue.add(new Waiting(path, next.isAfter(soon) ? next : soon));
  }

  /** When the next is to be read; empty while nothing waits. */
  public synchronized Optional<Instant> due() {
    return Optional.ofNullable(queue.peek()).map(Waiting::due);
  }

  /** Takes what is due; those that were not read after all are to be given back. */
  public synchronized List<RelPath> take(Instant now, int most) {
    List<RelPath> taken = new ArrayList<>();
    while (taken.size() < most && !queue.isEmpty() && !queue.peek().due().isAfter(now)) {
      RelPath path = queue.remove().path();
      waiting.remove(path);
      taken.add(path);
    }
    return taken;
  }

  /** A copy was read back. */
  public synchronized void wasRead(RelPath path) {
    readBack.remove(path);
    readBack.put(path, clock.instant());
  }
}
