package io.relais.sync.config;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What large files leave free of a file system: a share of all of it, as in {@code 5%}, or a number
 * of bytes, as in {@code 10GB}.
 *
 * @param share from 0 to 1; 0 where bytes are given
 * @param bytes not below 0; 0 where a share is given
 */
public record Reserve(double share, long bytes) {
  public static final Reserve DEFAULT = new Reserve(0.05, 0);

  private static final Pattern SHAPE =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?) ?(%|[A-Za-z]{1,3})");
  private static final ImmutableMap<String, Long> UNITS =
      ImmutableMap.<String, Long>builder()
          .put("MB", 1_000_000L)
          .put("GB", 1_000_000_000L)
          .put("TB", 1_000_000_000_000L)
          .put("MiB", 1L << 20)
          .put("GiB", 1L << 30)
          .put("TiB", 1L << 40)
          .buildOrThrow();

  public Reserve {
    checkArgument(share >= 0 && share < 1, "share %s", share);
    checkArgument(bytes >= 0, "bytes %s", bytes);
    checkArgument(share == 0 || bytes == 0, "both a share and bytes");
  }

  static Reserve parse(String text) throws BadValueException {
    Matcher parts = SHAPE.matcher(text);
    if (parts.matches()) {
      BigDecimal number = new BigDecimal(parts.group(1));
      Long unit = UNITS.get(parts.group(2));
      if (parts.group(2).equals("%") && number.compareTo(BigDecimal.valueOf(100)) < 0) {
        return new Reserve(number.movePointLeft(2).doubleValue(), 0);
      }
      if (unit != null && number.longValue() < 1_000_000) {
        BigDecimal bytes = number.multiply(BigDecimal.valueOf(unit));
        return new Reserve(0, bytes.setScale(0, RoundingMode.DOWN).longValueExact());
      }
    }
    throw new BadValueException(
        Printable.quoted(text)
            + " is not a valid reserve; write a share of at least 0% and less than 100%, or a"
            + " number and one of "
            + String.join(", ", UNITS.keySet())
            + ", as in \"5%\" or \"10GB\"");
  }

  /** In bytes, of a file system of this size. */
  public long of(long totalBytes) {
    return share == 0 ? bytes : (long) (totalBytes * share);
  }
}
