package io.relais.common.toml;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.Printable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Absolute paths of this machine. */
final class PathText {
  private PathText() {}

  /** Takes a bare name too, and looks for it among the credentials. */
  static Path parse(String text, Optional<Path> credentials) throws BadValueException {
    if (text.isEmpty() || text.contains("/") || text.equals(".") || text.startsWith("~")) {
      return parse(text);
    }
    if (credentials.isEmpty()) {
      throw bad(
          text,
          "is a bare name, which means a credential of a systemd unit, and CREDENTIALS_DIRECTORY is"
              + " not set; write the whole path from '/', or set the variable to try this here");
    }
    return parse(credentials.get() + "/" + text);
  }

  static Path parse(String text) throws BadValueException {
    if (text.startsWith("~")) {
      throw bad(text, "starts with '~', which is not expanded here; write the whole path from '/'");
    }
    if (!text.startsWith("/")) {
      throw bad(text, "is a relative path; write the whole path from '/'");
    }
    if (text.indexOf('\0') >= 0) {
      throw bad(text, "holds a NUL, which no path can; leave it out");
    }
    if (Arrays.asList(text.split("/")).contains("..")) {
      throw bad(text, "holds '..'; write the path that it leads to");
    }
    return fromUtf8(text.replaceAll("/+", "/")).normalize();
  }

  /** Path.of refuses or mangles names that the locale can't write; a URI carries the bytes. */
  private static Path fromUtf8(String text) {
    StringBuilder uri = new StringBuilder("file://");
    for (byte b : text.getBytes(UTF_8)) {
      if (b == '/' || (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z')) {
        uri.append((char) b);
      } else {
        uri.append('%')
            .append(Character.forDigit((b >> 4) & 15, 16))
            .append(Character.forDigit(b & 15, 16));
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  private static BadValueException bad(String text, String what) {
    return new BadValueException(Printable.quoted(text) + " " + what);
  }
}
