package io.relais.loopback;

import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/**
 * The line that {@code ls -l} of an sftp client shows (draft-ietf-secsh-filexfer-02, section 7).
 */
final class LongName {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM dd  yyyy", Locale.ROOT).withZone(ZoneOffset.UTC);

  private LongName() {}

  static String of(String name, Map<String, ?> attributes) {
    int mode = (int) WireAttributes.number(attributes, "mode");
    return String.format(
        Locale.ROOT,
        "%c%s    1 %-8d %-8d %8d %s %s",
        type(mode),
        PosixFilePermissions.toString(WireAttributes.permissions(mode)),
        WireAttributes.number(attributes, "uid"),
        WireAttributes.number(attributes, "gid"),
        WireAttributes.number(attributes, "size"),
        TIME.format(Instant.ofEpochSecond(WireAttributes.number(attributes, "mtime"))),
        name);
  }

  private static char type(int mode) {
    return switch (mode & 0170000) {
      case 0040000 -> 'd';
      case 0120000 -> 'l';
      default -> '-';
    };
  }
}
