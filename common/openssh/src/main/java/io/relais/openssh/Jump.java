package io.relais.openssh;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One hop of a {@code ProxyJump}, whose value is {@code [user@]host[:port]} or URIs, separated by
 * commas.
 *
 * @param user the login there; empty: as the configuration says for that host
 * @param host an alias of the configuration or a plain host name; an IPv6 address has no brackets
 * @param port empty: as the configuration says for that host
 */
public record Jump(Optional<String> user, String host, OptionalInt port) {
  private static final Pattern HOP =
      Pattern.compile(
          "(?:(?<user>.+)@)?(?:\\[(?<v6>[^]]+)]|(?<host>[^:/\\[\\]@]+))(?::(?<port>.*))?");

  /** What a shell or ssh itself would take for something else; newer releases of ssh refuse it. */
  private static final Pattern UNSAFE = Pattern.compile("['`\"$\\\\;&<>|(){},\\s\\p{Cntrl}]");

  /** The hops in the order to connect; empty for {@code none}. */
  static ImmutableList<Jump> parseList(ConfigLine line) throws SshConfigException {
    String value = CharMatcher.anyOf(" \t\r\n=").trimLeadingFrom(line.rest());
    if (value.equalsIgnoreCase("none")) {
      return ImmutableList.of();
    }
    int comment = value.indexOf('#');
    if (comment >= 0) {
      value = value.substring(0, comment).stripTrailing();
    }
    if (value.equalsIgnoreCase("none")) {
      throw line.fault(
          "with a comment after it, OpenSSH takes 'none' for a host; move the comment to a line"
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
            + "' is not a valid jump host; use [user@]host[:port] without quotes, separated by"
            + " commas");
  }

  @Override
  public String toString() {
    return user.map(name -> name + "@").orElse("")
        + (host.contains(":") ? "[" + host + "]" : host)
        + (port.isPresent() ? ":" + port.getAsInt() : "");
  }

  static String format(ImmutableList<Jump> jumps) {
    return String.join(",", jumps.stream().map(Jump::toString).toList());
  }
}
