package io.relais.failover.change;

import java.time.Instant;

/** How far a change has come. */
public sealed interface ChangeProgress {
  /** It is journalled; some of it may have been applied. */
  record Intended() implements ChangeProgress {}

  /** The provider holds all of it; some of it may have been published. */
  record Applied() implements ChangeProgress {}

  /**
   * The provider accepted its publication.
   *
   * @param first when it did so for the first time
   * @param last when it did so last
   * @param times how often
   */
  record Published(Instant first, Instant last, int times) implements ChangeProgress {
    Published again(Instant now) {
      return new Published(first, now, times + 1);
    }
  }
}
