package io.relais.common;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A passphrase, key or token. It shows its value only to who asks for it by name. */
public final class Secret {
  private static final int LARGEST_FILE = 64 * 1024;

  private final String value;

  private Secret(String value) {
    this.value = value;
  }

  public static Secret of(String value) {
    return new Secret(value);
  }

  /**
   * Reads a secret from a file of its own: UTF-8, at most 64 KiB, one newline at the end left out.
   *
   * <p>The file must be closed to its group and to others. One exception: a file of root's that
   * only the group root may read, because that is how systemd passes credentials (its access list
   * shows as group bits).
   *
   * @throws IOException if the file can't be read, is empty, or is open to others (the user's to
   *     mend: the message says how)
   */
  public static Secret readFile(Path file) throws IOException {
    requirePrivate(file);
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LARGEST_FILE + 1);
    }
    if (bytes.length > LARGEST_FILE) {
      throw refused(file, "is larger than 64 KiB: this is no secret's file");
    }
    String value = withoutLastNewline(new String(bytes, UTF_8));
    if (value.isEmpty()) {
      throw refused(file, "is empty; write the secret into it");
    }
    return new Secret(value);
  }

  /**
   * Checks that nobody else can read a file, as {@link #readFile} does.
   *
   * @throws IOException if the file is not there or is open to others (the user's to mend)
   */
  public static void requirePrivate(Path file) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,uid,gid");
    if (Files.isDirectory(file)) {
      throw refused(file, "is a directory; name the file in it");
    }
    int mode = number(attributes, "mode") & 0777;
    if (!isClosed(mode, number(attributes, "uid"), number(attributes, "gid"))) {
      throw refused(
          file,
          String.format("is open to others (mode %04o); run: chmod 600 %s", mode, shellWord(file)));
    }
  }

  static boolean isClosed(int mode, int owner, int group) {
    int forbidden = owner == 0 && group == 0 ? 0037 : 0077;
    return (mode & forbidden) == 0;
  }

  private static int number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Integer i ? i : -1;
  }

  private static FileSystemException refused(Path file, String reason) {
    return new FileSystemException(Printable.cut(file.toString(), 4096), null, reason);
  }

  private static String shellWord(Path file) {
    String text = file.toString();
    return text.matches("[A-Za-z0-9/._+:@%-]+") && !text.startsWith("-")
        ? text
        : "-- '" + Printable.cut(text, 4096).replace("'", "'\\''") + "'";
  }

  private static String withoutLastNewline(String text) {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  /** The secret itself. Hand it to what needs it; never to a log or a message. */
  public String value() {
    return value;
  }

  /** Masked. */
  @Override
  public String toString() {
    return "***";
  }
}
