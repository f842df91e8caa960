package io.relais.sync.path;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.common.NativePath;
import java.net.URI;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Turns paths of the JDK into bytes and back, as {@link NativePath} does, with those of entries.
 */
public final class NativeNames {
  private static final HexFormat HEX = HexFormat.of();

  private NativeNames() {}

  /** The bytes of an absolute path, one character each; no slash at the end but for {@code /}. */
  public static String latin1(Path absolute) {
    return NativePath.latin1(absolute);
  }

  /** The path of those bytes. */
  public static Path path(String latin1) {
    if (NativePath.isAscii(latin1)) {
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
}
