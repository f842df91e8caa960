package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often each path was finished lately: every time adds to its heat, and time takes it away. So
 * a few times in a row are welcome, and any number of times far enough apart. Bounded; pure; for
 * one thread at a time.
 */
final class Heat {
  private static final int MOST_PATHS = 4096;

  private final Duration step;
  private final Duration most;

  /** When each path will have cooled down; the one that was heated longest ago first. */
  private final Map<RelPath, Instant> coolAt = new LinkedHashMap<>();

  /**
   * @param step what each time adds: a path that is finished this far apart stays cool
   * @param most what a path may have before it counts as hot
   */
  Heat(Duration step, Duration most) {
    this.step = step;
    this.most = most;
  }

  /** Heats a path; whether it is hot now. */
  boolean rises(RelPath path, Instant now) {
    Instant known = coolAt.remove(path);
    Instant highest = now.plus(most).plus(step);
    // One that is too far ahead comes from before the clock was set back.
    Instant from = known == null || known.isBefore(now) || known.isAfter(highest) ? now : known;
    Instant heated = from.plus(step);
    forget(now);
    coolAt.put(path, heated.isBefore(highest) ? heated : highest);
    return heated.isAfter(now.plus(most));
  }

  private void forget(Instant now) {
    Iterator<Instant> oldest = coolAt.values().iterator();
    while (oldest.hasNext() && (oldest.next().isBefore(now) || coolAt.size() >= MOST_PATHS)) {
      oldest.remove();
    }
  }
}
