package io.relais.sync.openssh;

import io.relais.common.Faults;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Says why a file was not read, and what to do, for a message that begins with the file. */
final class Unread {
  private Unread() {}

  static String why(Path path, IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied; let the user that this runs as read it (ls -l shows its mode)";
    }
    // What is no regular file says itself what to do; the system's reasons do not.
    return failure instanceof FileSystemException named
            && named.getReason() != null
            && !Files.isRegularFile(path)
        ? named.getReason()
        : "it can't be read: " + Faults.describe(failure) + "; check the file and its disk";
  }
}
