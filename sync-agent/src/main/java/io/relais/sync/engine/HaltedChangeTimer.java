package io.relais.sync.engine;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When to look again at a source that a mirror is halted over, while it changes: once it is quiet,
 * since one that is being put right file by file looks for a while like one that has lost the rest;
 * but not later than {@link #LONGEST} after it has begun. For one thread.
 */
final class HaltedChangeTimer {
  static final Duration QUIET = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofSeconds(30);

  private @Nullable Instant first;
  private Instant last = Instant.MIN;

  /** Something has changed. */
  void note(Instant now) {
    if (first == null) {
      first = now;
    }
    last = now;
  }

  /** Whether something has changed, and it is time to look. */
  boolean isDue(Instant now) {
    return first != null && (!now.isBefore(last.plus(QUIET)) || !now.isBefore(first.plus(LONGEST)));
  }

  /** It was looked at. */
  void clear() {
    first = null;
  }
}
