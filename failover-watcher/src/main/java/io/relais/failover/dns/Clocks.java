package io.relais.failover.dns;

import java.time.Duration;

/** How two clocks differ, for people. */
public final class Clocks {
  /** A difference below this is what whole seconds and the way of an answer make of none. */
  private static final Duration AGREEMENT = Duration.ofSeconds(2);

  private Clocks() {}

  /**
   * One clause: {@code this host's clock is 40 s behind OVH's}.
   *
   * @param ahead how far this host's clock is ahead of the other; negative if it is behind
   * @param other whose the other is, as {@code "OVH's"}
   */
  public static String compared(Duration ahead, String other) {
    Duration apart = ahead.abs();
    return apart.compareTo(AGREEMENT) < 0
        ? "this host's clock agrees with " + other
        : "this host's clock is %d s %s %s"
            .formatted(
                Math.round(apart.toMillis() / 1000.0),
                ahead.isNegative() ? "behind" : "ahead of",
                other);
  }
}
