package io.relais.sync.remote;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The target was reached but may not be used: a host key or a login was refused, or the server
 * lacks what a safe mirror needs. Trying again soon does not help; a person has to act.
 */
public final class TargetRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Instant nextTry;

  public TargetRefusedException(String message) {
    this(message, null);
  }

  public TargetRefusedException(String message, @Nullable Throwable cause) {
    this(message, cause, Instant.MIN);
  }

  public TargetRefusedException(String message, @Nullable Throwable cause, Instant nextTry) {
    super(message, cause);
    this.nextTry = nextTry;
  }

  /** Before when there is no use in trying again; in the past if that is at once. */
  public Instant nextTry() {
    return nextTry;
  }
}
