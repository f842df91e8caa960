package io.relais.sync.openssh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the value of {@code ProxyJump}: {@code [user@]host[:port]} or URIs, with commas between.
 */
final class JumpParser {
  private static final Pattern HOP =
      Pattern.compile(
          "(?:(?<user>.+)@)?(?:\\[(?<v6>[^]]+)]|(?<host>[^:/\\[\\]@]+))(?::(?<port>.*))?");

  /** What a shell or ssh itself would take for something else; newer releases of ssh refuse it. */
  private static final Pattern UNSAFE = Pattern.compile("['`\"$\\\\;&<>|(){},\\s\\p{Cntrl}]");

  private JumpParser() {}

  /** The hops in the order to connect; empty for {@code none}. */
  static ImmutableList<Jump> parse(ConfigLine line) throws SshConfigException {
    String value = line.rest();
    int skip = 0;
    while (skip < value.length() && " \t\r\n=".indexOf(value.charAt(skip)) >= 0) {
      skip++;
    }
    value = value.substring(skip);
    if (value.equalsIgnoreCase("none")) {
      return ImmutableList.of();
    }
    int comment = value.indexOf('#');
    if (comment >= 0) {
      value = value.substring(0, comment).stripTrailing();
    }
    if (value.equalsIgnoreCase("none")) {
      throw line.fault(
          "with a comment behind it, OpenSSH takes 'none' for a host; move the comment to a line"
              + " of its own");
    }
    ImmutableList.Builder<Jump> jumps = ImmutableList.builder();
    for (String hop : Splitter.on(',').split(value)) {
      jumps.add(hop(line, hop));
    }
    return jumps.build();
  }

  private static Jump hop(ConfigLine line, String hop) throws SshConfigException {
    boolean uri = hop.startsWith("ssh://");
    String text = uri ? hop.substring("ssh://".length()).replaceFirst("/$", "") : hop;
    Matcher parts = HOP.matcher(text);
    if (UNSAFE.matcher(text).find() || !parts.matches()) {
      throw bad(line, hop);
    }
    Optional<String> user = Optional.ofNullable(parts.group("user"));
    String host = parts.group("v6") == null ? parts.group("host") : parts.group("v6");
    String port = parts.group("port");
    if (host == null || host.startsWith("-") || user.filter(u -> u.startsWith("-")).isPresent()) {
      throw bad(line, hop);
    }
    if (uri && (text.matches(".*[%+;].*") || !host.matches("[A-Za-z0-9][A-Za-z0-9._-]*"))) {
      throw bad(line, hop);
    }
    return new Jump(
        user,
        host,
        port == null || port.isEmpty() ? OptionalInt.empty() : OptionalInt.of(line.port(port)));
  }

  private static SshConfigException bad(ConfigLine line, String hop) {
    return line.fault(
        "'"
            + hop
            + "' is no jump host; write [user@]host[:port], without quotes, and a comma"
            + " between two");
  }
}
