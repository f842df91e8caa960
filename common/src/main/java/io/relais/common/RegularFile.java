package io.relais.common;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps a program from waiting without end for a file that a configuration names: a pipe has no end
 * until somebody writes to it, and a device may have none at all.
 */
public final class RegularFile {
  /** What people name in place of a file that is to say nothing, as with {@code ssh -F}. */
  private static final String NOTHING = "/dev/null";

  private RegularFile() {}

  /**
   * Call it before a file is opened. One that is not there passes, and so does {@code /dev/null}.
   *
   * @throws FileSystemException if it is a directory, a pipe, a socket or a device; its reason says
   *     so, and what to do
   */
  public static void require(Path file) throws IOException {
    if (Files.isRegularFile(file) || !FileAccess.exists(file) || file.toString().equals(NOTHING)) {
      return;
    }
    throw new FileSystemException(
        Printable.cut(file.toString(), 4096),
        null,
        Files.isDirectory(file)
            ? "is a directory, not a file; name the file in it"
            : "is not a regular file; name one in its place, since a pipe or a device may never end");
  }
}
