package io.relais.sync.target;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The target can't be reached, or the connection was lost: try again later. */
public final class TargetUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Instant nextTry;

  public TargetUnavailableException(String message) {
    this(message, null);
  }

  public TargetUnavailableException(String message, @Nullable Throwable cause) {
    this(message, cause, Instant.MIN);
  }

  public TargetUnavailableException(String message, @Nullable Throwable cause, Instant nextTry) {
    super(message, cause);
    this.nextTry = nextTry;
  }

  /** Before when there is no use in trying again; in the past if that is at once. */
  public Instant nextTry() {
    return nextTry;
  }
}
