package io.relais.failover.notify;

import com.fasterxml.jackson.core.type.TypeReference;
import com.google.common.collect.Maps;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was told when, so that the same is not told again too soon, a restart between or not. For
 * any number of threads.
 */
final class RepeatFilter {
  private static final String FILE = "told.json";
  private static final int MOST = 10_000;

  private final NoticeStore store;
  private final Duration repeatAfter;

  @GuardedBy("this")
  private final Map<String, Instant> times = new LinkedHashMap<>();

  RepeatFilter(NoticeStore store, Duration repeatAfter) {
    this.store = store;
    this.repeatAfter = repeatAfter;
    store.find(FILE).ifPresent(this::load);
  }

  /** In the file. */
  private record Told(Instant at) {}

  private synchronized void load(Path file) {
    try {
      NoticeJson.read(NoticeStore.read(file), new TypeReference<Map<String, Told>>() {})
          .forEach((thing, told) -> times.put(thing, told.at()));
    } catch (IOException e) {
      times.clear();
      store.setAside(file, "damaged; what was told before may be told again");
    }
  }

  /** Notes a notice; false if the same was noted within the time set. Tests always pass. */
  synchronized boolean note(Notice notice, Instant now) {
    if (notice.kind() == Notice.Topic.TEST) {
      return true;
    }
    times.values().removeIf(told -> !isRecent(told, now));
    if (times.putIfAbsent(notice.kind().id() + " " + notice.key(), now) != null) {
      return false;
    }
    if (times.size() > MOST) {
      times.remove(times.keySet().iterator().next());
    }
    return true;
  }

  /** A time in the future is from before a clock was set back, and worth nothing. */
  private boolean isRecent(Instant told, Instant now) {
    return !told.isAfter(now) && told.plus(repeatAfter).isAfter(now);
  }

  /** Makes what was noted survive a kill. */
  synchronized void save() {
    store.write(FILE, NoticeJson.bytes(Maps.transformValues(times, Told::new)));
  }
}
