package io.relais.sftp;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The channel is of no more use: the connection was lost, or the server stayed silent or sent what
 * is against the protocol. What became of the requests that were under way is unknown.
 */
public final class SftpConnectionException extends IOException {
  private static final long serialVersionUID = 1L;

  public SftpConnectionException(String message) {
    this(message, null);
  }

  public SftpConnectionException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
