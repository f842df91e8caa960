package io.relais.failover.config;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Status codes of HTTP: {@code 200}, {@code 200-299}. */
final class StatusText {
  private static final Pattern FORM = Pattern.compile("([1-5][0-9][0-9])(?:-([1-5][0-9][0-9]))?");

  private StatusText() {}

  static Range<Integer> parse(String text) throws BadValueException {
    Matcher form = FORM.matcher(text);
    if (form.matches()) {
      int from = Integer.parseInt(form.group(1));
      int to = form.group(2) == null ? from : Integer.parseInt(form.group(2));
      if (from <= to) {
        return Range.closed(from, to);
      }
    }
    throw new BadValueException(
        Printable.quoted(text)
            + " is no status; write a code or a range from 100 to 599, as in \"200\" or"
            + " \"200-299\"");
  }

  /** After all mistakes are out. */
  static ImmutableRangeSet<Integer> union(List<Setting<Range<Integer>>> ranges) {
    return ImmutableRangeSet.unionOf(ranges.stream().map(Setting::get).toList());
  }
}
