package io.relais.failover.config;

import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import java.time.Duration;
import java.util.Locale;

/** Numbers and times that have to be in a range. */
final class Limits {
  private Limits() {}

  static int atLeastOne(int number) throws BadValueException {
    return atLeast(number, 1);
  }

  static int notNegative(int number) throws BadValueException {
    return atLeast(number, 0);
  }

  private static int atLeast(int number, int least) throws BadValueException {
    if (number < least) {
      throw new BadValueException(number + " is too few; write " + least + " or more");
    }
    return number;
  }

  /** A part of a whole time: a default is cut to it, what was written must be within it. */
  static Duration part(String key, Setting<Duration> part, Duration byDefault, Duration whole) {
    if (part.value().filter(written -> written.compareTo(whole) > 0).isPresent()) {
      part.problem(
          ("'%s' (%s) is longer than 'timeout' (%s), which ends the probe first; lower it, or"
                  + " raise timeout")
              .formatted(key, text(part.get()), text(whole)));
    }
    Duration wanted = part.or(byDefault);
    return wanted.compareTo(whole) > 0 ? whole : wanted;
  }

  /** As the file has it: {@code 5s}, {@code 1h30m}, {@code 1500ms}. */
  static String text(Duration time) {
    return time.toMillisPart() == 0
        ? time.toString().substring("PT".length()).toLowerCase(Locale.ROOT)
        : time.toMillis() + "ms";
  }
}
