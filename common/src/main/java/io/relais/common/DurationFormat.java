package io.relais.common;

import java.time.Duration;

/** Durations as people read them: in two units at most, and to a tenth of a second at best. */
public final class DurationFormat {
  private DurationFormat() {}

  /** {@code 850 ms}, {@code 4.2 s}, {@code 3 min 20 s}, {@code 2 h 5 min}, {@code 3 d 4 h}. */
  public static String of(Duration time) {
    if (time.isNegative()) {
      return "-" + of(time.negated());
    }
    if (time.toMillis() < 1000) {
      return time.toMillis() + " ms";
    }
    if (time.toSeconds() < 60) {
      long tenths = time.toMillis() / 100;
      return tenths % 10 == 0 ? tenths / 10 + " s" : tenths / 10 + "." + tenths % 10 + " s";
    }
    if (time.toMinutes() < 60) {
      return two(time.toMinutes(), "min", time.toSecondsPart(), "s");
    }
    return time.toHours() < 24
        ? two(time.toHours(), "h", time.toMinutesPart(), "min")
        : two(time.toDays(), "d", time.toHoursPart(), "h");
  }

  private static String two(long large, String largeUnit, long small, String smallUnit) {
    return small == 0
        ? large + " " + largeUnit
        : large + " " + largeUnit + " " + small + " " + smallUnit;
  }
}
