package io.relais.failover.engine;

import io.relais.common.DurationText;
import io.relais.common.TimeText;
import java.time.Duration;
import java.time.Instant;

/** Times as people read them. */
public final class Texts {
  private Texts() {}

  /** {@code 850 ms}, {@code 4.2 s}, {@code 3 min 20 s}, {@code 2 h 5 min}, {@code 3 d 4 h}. */
  public static String duration(Duration time) {
    return DurationText.of(time);
  }

  /** A point in time as the log has it: in this host's time zone, with its offset. */
  public static String instant(Instant time) {
    return TimeText.of(time);
  }

  /**
   * A reason as a sentence of its own: with a capital where it begins with a word, and a full stop.
   */
  static String sentence(String reason) {
    if (reason.isEmpty()) {
      return "";
    }
    String first = reason.split(" ", 2)[0];
    boolean word = first.chars().allMatch(c -> c == '\'' || (c >= 'a' && c <= 'z'));
    String begun = word ? Character.toUpperCase(reason.charAt(0)) + reason.substring(1) : reason;
    return reason.endsWith(".") ? begun : begun + ".";
  }
}
