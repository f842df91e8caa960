package io.relais.sync.openssh;

import com.google.common.base.Ascii;
import com.google.common.primitives.Ints;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the values of options: ssh_config(5) and, for times, sshd_config(5), TIME FORMATS. */
final class Values {
  private static final Pattern TIME = Pattern.compile("(\\d+)([smhdwSMHDW]?)");

  private Values() {}

  static int port(ConfigLine line, String text) throws SshConfigException {
    if (text.equals("ssh")) {
      return 22;
    }
    Integer port = text.matches("\\d{1,9}") ? Ints.tryParse(text) : null;
    if (port == null || port < 1 || port > 65535) {
      throw line.fault("'" + text + "' is no port; write a number from 1 to 65535");
    }
    return port;
  }

  static boolean flag(ConfigLine line) throws SshConfigException {
    return switch (Ascii.toLowerCase(line.single())) {
      case "yes", "true" -> true;
      case "no", "false" -> false;
      default ->
          throw line.fault(
              line.spelled() + " is yes or no, not '" + line.single() + "'; write one of the two");
    };
  }

  static int count(ConfigLine line) throws SshConfigException {
    Integer count = line.single().matches("\\d+") ? Ints.tryParse(line.single()) : null;
    if (count == null) {
      throw line.fault("'" + line.single() + "' is no number; write one from 0 up");
    }
    return count;
  }

  /** A time; empty for {@code none}, which OpenSSH takes as not set at all. */
  static Optional<Duration> time(ConfigLine line) throws SshConfigException {
    String text = line.single();
    if (text.equals("none")) {
      return Optional.empty();
    }
    long seconds = 0;
    Matcher part = TIME.matcher(text);
    int end = 0;
    while (part.lookingAt()) {
      String digits = part.group(1);
      seconds += digits.length() > 9 ? Integer.MAX_VALUE : Long.parseLong(digits) * unit(part);
      end = part.end();
      part.region(end, text.length());
    }
    if (end != text.length() || seconds >= Integer.MAX_VALUE) {
      throw line.fault("'" + text + "' is no time; write seconds, or such as 30s, 5m or 1h30m");
    }
    return Optional.of(Duration.ofSeconds(seconds));
  }

  private static long unit(Matcher part) {
    return switch (Ascii.toLowerCase(part.group(2))) {
      case "m" -> 60;
      case "h" -> 3_600;
      case "d" -> 86_400;
      case "w" -> 604_800;
      default -> 1;
    };
  }
}
