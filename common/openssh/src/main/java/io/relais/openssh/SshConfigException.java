package io.relais.openssh;

import io.relais.common.Faults;
import io.relais.openssh.ConfigLine.ConfigLocation;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The OpenSSH configuration is wrong, or asks for what can't be done here: the user's to fix. The
 * message is one line, {@code FILE:LINE: what; what to do}.
 */
public final class SshConfigException extends Exception {
  private static final long serialVersionUID = 1;

  SshConfigException(ConfigLocation at, String message) {
    super(at + ": " + message);
  }

  SshConfigException(String message) {
    super(message);
  }

  SshConfigException(Path file, String message) {
    super(file + ": " + message);
  }

  SshConfigException(Path file, IOException failure) {
    this(file, whyUnread(file, failure));
  }

  /** Says why a file was not read, and what to do, for a message that begins with the file. */
  static String whyUnread(Path file, IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied; let the user that this runs as read it (ls -l shows its mode)";
    }
    // What is not a regular file says itself what to do; the system's reasons do not.
    return failure instanceof FileSystemException named
            && named.getReason() != null
            && !Files.isRegularFile(file)
        ? named.getReason()
        : "it can't be read: " + Faults.describe(failure) + "; check the file and its disk";
  }
}
