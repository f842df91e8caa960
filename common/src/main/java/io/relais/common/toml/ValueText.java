package io.relais.common.toml;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values that a configuration writes as text. Durations: {@code 50ms}, {@code 1h30m}; sizes: {@code
 * 4MiB}, {@code 250kB}, with units by IEC 80000-13 ({@code kB} is 1000 bytes, {@code KiB} is 1024);
 * absolute paths of this machine.
 */
public final class ValueText {
  private static final Pattern DURATION =
      Pattern.compile(
          "(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");
  private static final Duration LONGEST = Duration.ofDays(3660);

  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([A-Za-z]{1,3})");
  private static final List<String> SIZE_UNITS =
      List.of("B", "kB", "MB", "GB", "KiB", "MiB", "GiB");
  private static final ImmutableMap<String, Long> UNITS =
      ImmutableMap.<String, Long>builder()
          .put("B", 1L)
          .put("kB", 1_000L)
          .put("MB", 1_000_000L)
          .put("GB", 1_000_000_000L)
          .put("TB", 1_000_000_000_000L)
          .put("KiB", 1L << 10)
          .put("MiB", 1L << 20)
          .put("GiB", 1L << 30)
          .put("TiB", 1L << 40)
          .buildOrThrow();

  private ValueText() {}

  /** A duration over zero. */
  static Duration duration(String text) throws BadValueException {
    Matcher form = DURATION.matcher(text);
    if (text.isEmpty() || !form.matches()) {
      throw bad(
          text,
          "is not a valid duration; write whole numbers with d, h, m, s or ms, the largest unit"
              + " first, as in \"50ms\", \"2s\" or \"1h30m\"");
    }
    Duration sum =
        Duration.ofDays(number(form, 1))
            .plusHours(number(form, 2))
            .plusMinutes(number(form, 3))
            .plusSeconds(number(form, 4))
            .plusMillis(number(form, 5));
    if (sum.compareTo(LONGEST) > 0) {
      throw bad(text, "is over ten years; write less");
    }
    if (sum.isZero()) {
      throw bad(text, "is zero; write a longer time, as in \"1s\"");
    }
    return sum;
  }

  private static long number(Matcher form, int group) {
    String digits = form.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }

  /** A size in bytes; may be zero. */
  static long size(String text) throws BadValueException {
    Matcher form = SIZE.matcher(text);
    Optional<Long> bytes =
        form.matches() ? bytes(form.group(1), form.group(2), SIZE_UNITS) : Optional.empty();
    if (bytes.isEmpty()) {
      throw bad(
          text,
          "is not a valid size; write a whole number with "
              + String.join(", ", SIZE_UNITS)
              + ", as in \"4MiB\" or \"250kB\"");
    }
    return bytes.get();
  }

  /**
   * Bytes, rounded down.
   *
   * @param number in digits, with or without a fraction; below a million if the unit is {@code TiB}
   * @param units those that are allowed; empty if the unit is not one of them
   */
  public static Optional<Long> bytes(String number, String unit, List<String> units) {
    return units.contains(unit)
        ? Optional.ofNullable(UNITS.get(unit))
            .map(
                each ->
                    new BigDecimal(number)
                        .multiply(BigDecimal.valueOf(each))
                        .setScale(0, RoundingMode.DOWN)
                        .longValueExact())
        : Optional.empty();
  }

  /** An absolute path; or a bare name, which is looked for among the credentials. */
  static Path path(String text, Optional<Path> credentials) throws BadValueException {
    if (text.isEmpty() || text.contains("/") || text.equals(".") || text.startsWith("~")) {
      return path(text);
    }
    if (credentials.isEmpty()) {
      throw bad(
          text,
          "is a bare name, which means a credential of a systemd unit, and CREDENTIALS_DIRECTORY is"
              + " not set; write the whole path from '/', or set the variable to try this here");
    }
    return path(credentials.get() + "/" + text);
  }

  static Path path(String text) throws BadValueException {
    if (text.startsWith("~")) {
      throw bad(text, "starts with '~', which is not expanded here; write the whole path from '/'");
    }
    if (!text.startsWith("/")) {
      throw bad(text, "is a relative path; write the whole path from '/'");
    }
    if (text.indexOf('\0') >= 0) {
      throw bad(text, "holds a NUL, which no path can; leave it out");
    }
    if (Arrays.asList(text.split("/")).contains("..")) {
      throw bad(text, "holds '..'; write the path that it leads to");
    }
    return fromUtf8(text.replaceAll("/+", "/")).normalize();
  }

  /** Path.of refuses or mangles names that the locale can't write; a URI carries the bytes. */
  private static Path fromUtf8(String text) {
    StringBuilder uri = new StringBuilder("file://");
    for (byte b : text.getBytes(UTF_8)) {
      if (b == '/' || (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z')) {
        uri.append((char) b);
      } else {
        uri.append('%')
            .append(Character.forDigit((b >> 4) & 15, 16))
            .append(Character.forDigit(b & 15, 16));
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  private static BadValueException bad(String text, String what) {
    return new BadValueException(Printable.quoted(text) + " " + what);
  }
}
