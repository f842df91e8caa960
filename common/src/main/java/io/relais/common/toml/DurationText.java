package io.relais.common.toml;

import io.relais.common.Printable;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 50ms}, {@code 2s}, {@code 1h30m}. */
final class DurationText {
  private static final Pattern FORM =
      Pattern.compile(
          "(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");
  private static final Duration LONGEST = Duration.ofDays(3660);

  private DurationText() {}

  static Duration parsePositive(String text) throws BadValueException {
    Duration parsed = parse(text);
    if (parsed.isZero()) {
      throw new BadValueException(
          Printable.quoted(text) + " is zero; write a longer time, as in \"1s\"");
    }
    return parsed;
  }

  private static Duration parse(String text) throws BadValueException {
    Matcher form = FORM.matcher(text);
    if (text.isEmpty() || !form.matches()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is not a valid duration; write whole numbers with d, h, m, s or ms, the largest unit"
              + " first, as in \"50ms\", \"2s\" or \"1h30m\"");
    }
    Duration sum =
        Duration.ofDays(number(form, 1))
            .plusHours(number(form, 2))
            .plusMinutes(number(form, 3))
            .plusSeconds(number(form, 4))
            .plusMillis(number(form, 5));
    if (sum.compareTo(LONGEST) > 0) {
      throw new BadValueException(Printable.quoted(text) + " is over ten years; write less");
    }
    return sum;
  }

  private static long number(Matcher form, int group) {
    String digits = form.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
