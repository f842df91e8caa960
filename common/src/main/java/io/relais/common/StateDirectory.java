package io.relais.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Where a daemon keeps what it knows: closed to everybody else, who could mislead it there. */
public final class StateDirectory {
  private StateDirectory() {}

  /**
   * Makes it with mode 0700, and what is missing on the way to it, or checks the one that is there.
   *
   * @throws FileRights.UnsafeFileException if others can write there, or exchange it
   * @throws IOException if it can't be made or looked at
   */
  public static void make(Path directory) throws IOException {
    if (!directory.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      // A file system without users: in memory, say.
      Files.createDirectories(directory);
      return;
    }
    FileRights rights = FileRights.ofThisProcess();
    try {
      // Before anything is made: nothing is, below what others could exchange.
      rights.requireOwnDirectory(directory);
    } catch (NoSuchFileException e) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      rights.requireOwnDirectory(directory);
    }
  }
}
