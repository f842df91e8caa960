package io.relais.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One line of ssh_config that is neither empty nor a comment, split as OpenSSH does it. The keyword
 * and its arguments follow different rules there, and so they do here: the keyword ends at blanks
 * or one {@code =}; an argument may be quoted with {@code "} or {@code '}, has backslash escapes,
 * and a {@code #} where one would begin ends the line.
 *
 * @param spelled the keyword as written
 * @param rest everything after the keyword, for the options that take it raw
 * @param arguments the same, split and unquoted
 * @param userLevel whether it stands in a user's file, not in the system's
 */
record ConfigLine(
    ConfigLocation at,
    String spelled,
    String rest,
    ImmutableList<String> arguments,
    boolean userLevel) {
  private static final String BLANKS = " \t\r\n";

  /** sshd_config(5), TIME FORMATS. */
  private static final Pattern TIME = Pattern.compile("(\\d+)([smhdwSMHDW]?)");

  /** Reads a line; null if it is empty or a comment. */
  static @Nullable ConfigLine parse(ConfigLocation at, String line, boolean userLevel)
      throws SshConfigException {
    String text = line.substring(skipBlanks(line, 0), trimmedLength(line));
    if (text.isEmpty() || text.startsWith("#")) {
      return null;
    }
    Split split = keyword(text);
    if (split.rest().isEmpty()) {
      throw new SshConfigException(
          at, "'" + split.keyword() + "' has no value; add one or remove the line");
    }
    ImmutableList<String> arguments = arguments(split.rest());
    if (arguments == null) {
      throw new SshConfigException(at, "a quote is not closed; add the missing quote");
    }
    return new ConfigLine(at, split.keyword(), split.rest(), arguments, userLevel);
  }

  /** The keyword in lower case. */
  String keyword() {
    return Ascii.toLowerCase(spelled);
  }

  SshConfigException fault(String message) {
    return new SshConfigException(at, message);
  }

  /** The only argument. */
  String single() throws SshConfigException {
    if (arguments.isEmpty() || arguments.getFirst().isEmpty()) {
      throw fault(spelled + " has no value; add one or remove the line");
    }
    if (arguments.size() > 1) {
      throw fault(
          spelled
              + " takes one value, and '"
              + arguments.get(1)
              + "' follows it; remove that, or quote the value if it holds a blank");
    }
    return arguments.getFirst();
  }

  /** The only argument as a port. */
  int port() throws SshConfigException {
    return port(single());
  }

  /** A part of this line as a port. */
  int port(String text) throws SshConfigException {
    if (text.equals("ssh")) {
      return 22;
    }
    Integer port = text.matches("\\d{1,9}") ? Ints.tryParse(text) : null;
    if (port == null || port < 1 || port > 65535) {
      throw fault("'" + text + "' is not a valid port; use a number from 1 to 65535");
    }
    return port;
  }

  /** The only argument as yes or no. */
  boolean flag() throws SshConfigException {
    return switch (Ascii.toLowerCase(single())) {
      case "yes", "true" -> true;
      case "no", "false" -> false;
      default ->
          throw fault(spelled + " must be yes or no, not '" + single() + "'; use one of the two");
    };
  }

  /** The only argument as a number from 0. */
  int count() throws SshConfigException {
    Integer count = single().matches("\\d+") ? Ints.tryParse(single()) : null;
    if (count == null) {
      throw fault("'" + single() + "' is not a number; use 0 or more");
    }
    return count;
  }

  /** The only argument as a time; empty for {@code none}, which OpenSSH takes as not set at all. */
  Optional<Duration> time() throws SshConfigException {
    String text = single();
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
      throw fault("'" + text + "' is not a valid time; use seconds, or e.g. 30s, 5m or 1h30m");
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

  private record Split(String keyword, String rest) {}

  /** Takes the keyword off a line without blanks around it. */
  private static Split keyword(String text) {
    if (text.startsWith("\"")) {
      int quote = text.indexOf('"', 1);
      return quote < 0
          ? new Split(text, "")
          : new Split(text.substring(1, quote), text.substring(skipBlanks(text, quote + 1)));
    }
    int end = 0;
    while (end < text.length() && BLANKS.indexOf(text.charAt(end)) < 0 && text.charAt(end) != '=') {
      end++;
    }
    int rest = skipBlanks(text, end);
    if (rest < text.length() && text.charAt(rest) == '=') {
      rest = skipBlanks(text, rest + 1);
    }
    return new Split(text.substring(0, end), text.substring(rest));
  }

  private static int trimmedLength(String line) {
    int end = line.length();
    // A form feed is allowed at the end of a line only.
    while (end > 0 && (BLANKS + "\f").indexOf(line.charAt(end - 1)) >= 0) {
      end--;
    }
    return Math.max(end, skipBlanks(line, 0));
  }

  private static int skipBlanks(String text, int from) {
    int at = from;
    while (at < text.length() && BLANKS.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }

  /** The arguments; null if a quote is not closed. */
  private static @Nullable ImmutableList<String> arguments(String rest) {
    ImmutableList.Builder<String> arguments = ImmutableList.builder();
    int at = 0;
    while (at < rest.length() && rest.charAt(at) != '#') {
      if (isSeparator(rest.charAt(at))) {
        at++;
        continue;
      }
      StringBuilder argument = new StringBuilder();
      at = argument(rest, at, argument);
      if (at < 0) {
        return null;
      }
      arguments.add(argument.toString());
    }
    return arguments.build();
  }

  /** Reads one argument; returns the index after it, or -1 if a quote is not closed. */
  private static int argument(String rest, int from, StringBuilder argument) {
    char quote = 0;
    int at = from;
    for (; at < rest.length(); at++) {
      char c = rest.charAt(at);
      if (c == '\\' && isEscapable(rest, at + 1, quote)) {
        argument.append(rest.charAt(++at));
      } else if (quote == 0 && isSeparator(c)) {
        break;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote != 0 && c == quote) {
        quote = 0;
      } else {
        argument.append(c);
      }
    }
    return quote == 0 ? at : -1;
  }

  private static boolean isEscapable(String rest, int at, char quote) {
    return at < rest.length()
        && ("'\"\\".indexOf(rest.charAt(at)) >= 0 || (quote == 0 && rest.charAt(at) == ' '));
  }

  private static boolean isSeparator(char c) {
    return c == ' ' || c == '\t';
  }

  /**
   * A line of a file.
   *
   * @param line counted from 1
   */
  public record ConfigLocation(Path file, int line) {
    /** {@code FILE:LINE}, as compilers write it. */
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }
}
