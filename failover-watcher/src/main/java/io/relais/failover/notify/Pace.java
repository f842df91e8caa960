package io.relais.failover.notify;

import io.relais.common.Backoff;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * How a notice that was not taken is tried again.
 *
 * @param first the longest wait after the first failure
 * @param longest the longest wait after any
 * @param giveUpAfter how long it is tried at all
 */
record Pace(Duration first, Duration longest, Duration giveUpAfter) {
  static Pace of(NotifySettings settings) {
    return new Pace(Duration.ofSeconds(2), Duration.ofMinutes(5), settings.giveUpAfter());
  }

  Backoff backoff() {
    return new Backoff(first, longest, new SplittableRandom());
  }
}
