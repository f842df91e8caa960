package io.relais.sync.path;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.URI;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Turns paths of the JDK into bytes and back. On Linux a {@link Path} holds the kernel's bytes in
 * every locale, but its {@code toString()} loses those that the locale can't decode; only its URI
 * gives them all.
 */
public final class NativeNames {
  private static final HexFormat HEX = HexFormat.of();

  private NativeNames() {}

  /** The bytes of an absolute path, one character each; no slash at the end but for {@code /}. */
  public static String latin1(Path absolute) {
    String text = absolute.toString();
    return isAscii(text) ? text : decode(absolute.toUri().getRawPath());
  }

  /** The path of those bytes. */
  public static Path path(String latin1) {
    if (isAscii(latin1)) {
      return Path.of(latin1);
    }
    StringBuilder uri = new StringBuilder("file://");
    for (byte b : latin1.getBytes(ISO_8859_1)) {
      if (b == '/') {
        uri.append('/');
      } else {
        HEX.toHexDigits(uri.append('%'), b);
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  /** The path of an entry below a root given by its bytes. */
  public static Path path(String latin1Root, RelPath below) {
    String root = latin1Root.equals("/") ? "" : latin1Root;
    return path(below.isRoot() ? latin1Root : root + '/' + below.latin1());
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

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7F) {
        return false;
      }
    }
    return true;
  }
}
