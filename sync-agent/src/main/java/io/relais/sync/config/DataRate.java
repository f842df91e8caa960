package io.relais.sync.config;

import static com.google.common.base.Preconditions.checkArgument;

import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes in a second, as in {@code 10MB/s}.
 *
 * @param bytesPerSecond at least 1,000
 */
public record DataRate(long bytesPerSecond) {
  private static final long LEAST = 1_000;
  private static final Pattern SHAPE =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?) ?(kB|KiB|MB|MiB|GB|GiB)/s");
  private static final Map<String, Long> UNITS =
      Map.of(
          "kB",
          1_000L,
          "KiB",
          1L << 10,
          "MB",
          1_000_000L,
          "MiB",
          1L << 20,
          "GB",
          1_000_000_000L,
          "GiB",
          1L << 30);

  public DataRate {
    checkArgument(bytesPerSecond >= LEAST, "%s bytes in a second", bytesPerSecond);
  }

  static DataRate parse(String text) throws BadValueException {
    Matcher parts = SHAPE.matcher(text);
    Long unit = parts.matches() ? UNITS.get(parts.group(2)) : null;
    if (unit == null) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is not a valid rate; use a number and kB/s, MB/s, GB/s, KiB/s, MiB/s or GiB/s, as"
              + " in \"10MB/s\"");
    }
    long rate =
        new BigDecimal(parts.group(1))
            .multiply(BigDecimal.valueOf(unit))
            .setScale(0, RoundingMode.DOWN)
            .longValueExact();
    if (rate < LEAST) {
      throw new BadValueException(Printable.quoted(text) + " is less than 1kB/s");
    }
    return new DataRate(rate);
  }
}
