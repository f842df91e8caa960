package io.relais.common;

/**
 * Text from outside (a configuration file, a server) in a form that is safe on one line of a log or
 * a terminal.
 */
public final class Printable {
  private static final int LONGEST_QUOTED = 80;

  private Printable() {}

  /** In single quotes, escaped, and cut after 80 characters. */
  public static String quoted(String text) {
    return "'" + cut(text, LONGEST_QUOTED) + "'";
  }

  /** Escaped, and cut after {@code longest} characters, with {@code ...} in place of the rest. */
  public static String cut(String text, int longest) {
    StringBuilder printed = new StringBuilder();
    text.codePoints().limit(longest).forEach(c -> append(printed, c));
    if (text.codePointCount(0, text.length()) > longest) {
      printed.append("...");
    }
    return printed.toString();
  }

  private static void append(StringBuilder printed, int c) {
    switch (c) {
      case '\n' -> printed.append("\\n");
      case '\r' -> printed.append("\\r");
      case '\t' -> printed.append("\\t");
      default -> {
        if (isUnsafe(c)) {
          printed.append(String.format(c > 0xFFFF ? "\\U%08x" : "\\u%04x", c));
        } else {
          printed.appendCodePoint(c);
        }
      }
    }
  }

  /** Controls, line separators, marks that reorder text, and what has no agreed looks. */
  private static boolean isUnsafe(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
