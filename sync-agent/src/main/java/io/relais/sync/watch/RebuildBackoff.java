package io.relais.sync.watch;

import java.time.Duration;
import java.time.Instant;

/**
 * How long to wait before the watcher is rebuilt: not at all if that has been rare lately,
 * otherwise twice as long each time, so that a tree whose events always overflow is mostly left to
 * the scans. Pure; for one thread at a time.
 */
final class RebuildBackoff {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private Instant last = Instant.MIN;
  private Duration wait = Duration.ZERO;

  /** The delay before the rebuild that is asked for now, which counts as made at its end. */
  Duration next(Instant now) {
    if (now.isBefore(last) || now.isAfter(last.plus(LONGEST))) {
      wait = Duration.ZERO;
    } else if (wait.isZero()) {
      wait = FIRST;
    } else {
      Duration doubled = wait.multipliedBy(2);
      wait = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
    }
    last = now.plus(wait);
    return wait;
  }
}
