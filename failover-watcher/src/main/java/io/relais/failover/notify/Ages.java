package io.relais.failover.notify;

import java.time.Duration;

/** Durations for people: roughly, in one unit. */
final class Ages {
  private Ages() {}

  static String text(Duration age) {
    if (age.compareTo(Duration.ofSeconds(1)) < 0) {
      return age.toMillis() + " ms";
    }
    if (age.compareTo(Duration.ofMinutes(2)) < 0) {
      return age.toSeconds() + " s";
    }
    if (age.compareTo(Duration.ofHours(2)) < 0) {
      return age.toMinutes() + " min";
    }
    return age.compareTo(Duration.ofDays(2)) < 0 ? age.toHours() + " h" : age.toDays() + " days";
  }
}
