package io.relais.common;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

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
   * <p>Nobody else may read or replace it, as {@link FileRights#requirePrivate} has it.
   *
   * @throws IOException if the file can't be read, is empty, or is open to others (the user's to
   *     mend: the message says how)
   */
  public static Secret readFile(Path file) throws IOException {
    FileRights.ofThisProcess().requirePrivate(file);
    FileAccess.requireRegularFile(file);
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LARGEST_FILE + 1);
    }
    if (bytes.length > LARGEST_FILE) {
      throw refused(file, "is larger than 64 KiB: this is not a file for a secret");
    }
    String value = withoutLastNewline(new String(bytes, UTF_8));
    if (value.isEmpty()) {
      throw refused(file, "is empty; write the secret into it");
    }
    return new Secret(value);
  }

  private static FileSystemException refused(Path file, String reason) {
    return new FileSystemException(Printable.cut(file.toString(), 4096), null, reason);
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
