package io.relais.sync.openssh;

import java.nio.file.Path;

/**
 * The OpenSSH configuration is wrong, or asks for what can't be done here: the user's to mend. The
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
}
