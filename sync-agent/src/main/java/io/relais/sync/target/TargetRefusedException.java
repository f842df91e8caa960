package io.relais.sync.target;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The target was reached but may not be used: a host key or a login was refused, or the server
 * lacks what a safe mirror needs. Trying again soon does not help; a person has to act.
 */
public final class TargetRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  public TargetRefusedException(String message) {
    super(message);
  }

  public TargetRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
