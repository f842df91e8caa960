package io.relais.common;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Points in time as people read them, in the log and elsewhere (ISO 8601, to the second). */
public final class TimeText {
  private static final DateTimeFormatter PATTERN =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssXXX", Locale.ROOT);

  private TimeText() {}

  /** In this host's time zone, with its offset: {@code 2026-02-03T01:00:00+01:00}. */
  public static String of(Instant time) {
    return in(ZoneId.systemDefault()).format(time);
  }

  /** The same for a given zone. */
  public static DateTimeFormatter in(ZoneId zone) {
    return PATTERN.withZone(zone);
  }
}
