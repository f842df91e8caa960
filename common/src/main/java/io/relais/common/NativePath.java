package io.relais.common;

import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The bytes of a path. On Linux a {@link Path} holds the kernel's bytes in every locale, but its
 * {@code toString()} loses those that the locale can't decode; only its URI gives them all.
 */
public final class NativePath {
  private NativePath() {}

  /** The bytes of an absolute path, one character each; no slash at the end but for {@code /}. */
  public static String latin1(Path absolute) {
    String text = absolute.toString();
    return isAscii(text) ? text : decode(absolute.toUri().getRawPath());
  }

  private static String decode(String escaped) {
    // The JDK appends a slash to the URI of a directory.
    int end =
        escaped.length() > 1 && escaped.endsWith("/") ? escaped.length() - 1 : escaped.length();
    StringBuilder latin1 = new StringBuilder(end);
    for (int i = 0; i < end; i++) {
      char c = escaped.charAt(i);
      if (c == '%') {
        latin1.append((char) HexFormat.fromHexDigits(escaped, i + 1, i + 3));
        i += 2;
      } else {
        latin1.append(c);
      }
    }
    return latin1.toString();
  }

  /** Whether a text looks the same in bytes. */
  public static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7F) {
        return false;
      }
    }
    return true;
  }
}
