package io.relais.sync.openssh;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * Splits a line as OpenSSH does. The keyword and its arguments follow different rules there, and so
 * they do here: the keyword ends at blanks or one {@code =}; an argument may be quoted with {@code
 * "} or {@code '}, has backslash escapes, and a {@code #} where one would begin ends the line.
 */
final class LineLexer {
  private static final String BLANKS = " \t\r\n";

  private LineLexer() {}

  /** A keyword as written, and everything behind it. */
  record Split(String keyword, String rest) {}

  /** Takes the keyword off a line; null for an empty line or a comment. */
  static @Nullable Split keyword(String line) {
    String text = line.substring(skipBlanks(line, 0), trimmedLength(line));
    if (text.isEmpty() || text.startsWith("#")) {
      return null;
    }
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
  static @Nullable ImmutableList<String> arguments(String rest) {
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

  /** Reads one argument; returns the index behind it, or -1 if a quote is not closed. */
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
}
