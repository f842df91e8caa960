package io.relais.common.toml;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people write them: {@code 4MiB}, {@code 250kB}. Units by IEC 80000-13: {@code kB} is
 * 1000 bytes, {@code KiB} is 1024.
 */
final class SizeText {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([A-Za-z]{1,3})");
  private static final ImmutableMap<String, Long> UNITS =
      ImmutableMap.<String, Long>builder()
          .put("B", 1L)
          .put("kB", 1_000L)
          .put("MB", 1_000_000L)
          .put("GB", 1_000_000_000L)
          .put("KiB", 1L << 10)
          .put("MiB", 1L << 20)
          .put("GiB", 1L << 30)
          .buildOrThrow();

  private SizeText() {}

  /** In bytes. */
  static long parse(String text) throws BadValueException {
    Matcher form = FORM.matcher(text);
    if (form.matches()) {
      Long unit = UNITS.get(form.group(2));
      if (unit != null) {
        // Nine digits of GiB are below 2^60: no overflow.
        return Long.parseLong(form.group(1)) * unit;
      }
    }
    throw new BadValueException(
        Printable.quoted(text)
            + " is not a valid size; write a whole number with "
            + String.join(", ", UNITS.keySet())
            + ", as in \"4MiB\" or \"250kB\"");
  }
}
