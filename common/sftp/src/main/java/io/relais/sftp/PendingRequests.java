package io.relais.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one channel that are not answered yet, in the order in which they were sent, and
 * since when the oldest of them has been the oldest. Pure: it is told the time, as {@link
 * System#nanoTime} has it. Safe for use by many threads.
 */
final class PendingRequests {
  /** One request: what it asks for, and its future answer. */
  record Open(RequestSummary summary, SftpRequest request) {}

  /** The oldest, and for how long its answer has been due. */
  record Oldest(RequestSummary summary, Duration due) {}

  @GuardedBy("this")
  private final Map<Integer, Open> open = new LinkedHashMap<>();

  /** When the oldest was sent, or else when the one before it was answered. */
  @GuardedBy("this")
  private long since;

  synchronized void add(int id, Open request, long now) {
    if (open.isEmpty()) {
      since = now;
    }
    open.put(id, request);
  }

  /**
   * Takes the request that an answer belongs to.
   *
   * @return null if none has this id
   */
  synchronized @Nullable Open take(int id, long now) {
    boolean oldest = !open.isEmpty() && open.keySet().iterator().next() == id;
    if (oldest) {
      since = now;
    }
    return open.remove(id);
  }

  /** Takes all. */
  synchronized List<Open> takeAll() {
    List<Open> all = new ArrayList<>(open.values());
    open.clear();
    return all;
  }

  synchronized boolean isEmpty() {
    return open.isEmpty();
  }

  /** Null if all are answered. */
  synchronized @Nullable Oldest oldest(long now) {
    return open.isEmpty()
        ? null
        : new Oldest(open.values().iterator().next().summary(), Duration.ofNanos(now - since));
  }
}
