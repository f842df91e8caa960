package io.relais.sync.target;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The target can't be reached, or the connection was lost: try again later. */
public final class TargetUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  public TargetUnavailableException(String message) {
    super(message);
  }

  public TargetUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
