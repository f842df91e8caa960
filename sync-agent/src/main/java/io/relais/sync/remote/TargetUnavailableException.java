package io.relais.sync.remote;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The target can't be reached, or the connection was lost: try again later. */
public final class TargetUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Instant nextTry;

  /** What it is told by; null: its message. */
  private @Nullable String kind;

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

  /**
   * Says what it has in common with others whose messages differ, as by what a peer happened to
   * send: of these, a person need be told one only.
   */
  @CanIgnoreReturnValue
  public TargetUnavailableException ofKind(String what) {
    kind = what;
    return this;
  }

  /** What it has in common with others of its kind; the message, unless that was said. */
  public String kind() {
    return kind == null ? String.valueOf(getMessage()) : kind;
  }
}
