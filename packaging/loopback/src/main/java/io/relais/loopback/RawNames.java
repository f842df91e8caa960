package io.relais.loopback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/**
 * Between paths and their bytes, one character a byte. On the real file system that is what the
 * kernel has; on one whose names are text (Jimfs), each byte is simply one character of the name.
 *
 * <p>{@code Path.toString} loses bytes that the locale can't decode; the path's URI has them all.
 */
final class RawNames {
  private static final Path ROOT = Path.of("/");

  private RawNames() {}

  static boolean isReal(FileSystem fileSystem) {
    return fileSystem.equals(FileSystems.getDefault());
  }

  /** The text of a path (a name, or what a symlink says), exactly as it is stored. */
  static String latin1(Path path) {
    String text = path.toString();
    if (isAscii(text) || !isReal(path.getFileSystem())) {
      return text;
    }
    String decoded = percentDecoded(ROOT.resolve(path).toUri().getRawPath());
    // A URI is absolute, and ends with a slash where it leads to a directory.
    int start = path.isAbsolute() ? 0 : 1;
    int end = decoded.length() - (decoded.endsWith("/") && !text.endsWith("/") ? 1 : 0);
    return decoded.substring(start, end);
  }

  /** The path of one name, which may hold any byte but a slash and a NUL. */
  static Path name(FileSystem fileSystem, String latin1) {
    if (isAscii(latin1) || !isReal(fileSystem)) {
      return fileSystem.getPath(latin1);
    }
    return Path.of(URI.create("file:///" + percentEncoded(latin1))).getFileName();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static String percentEncoded(String latin1) {
    StringBuilder encoded = new StringBuilder(latin1.length() * 3);
    for (byte b : latin1.getBytes(ISO_8859_1)) {
      encoded
          .append('%')
          .append(Character.forDigit((b >> 4) & 15, 16))
          .append(Character.forDigit(b & 15, 16));
    }
    return encoded.toString();
  }

  private static String percentDecoded(String encoded) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(encoded, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(ISO_8859_1);
  }
}
