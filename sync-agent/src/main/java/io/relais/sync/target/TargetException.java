package io.relais.sync.target;

import java.io.IOException;

/**
 * The server refused something; the connection is fine. The path and the reason are in the message.
 */
public final class TargetException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why, as far as the protocol tells. */
  public enum Reason {
    NOT_FOUND,
    PERMISSION_DENIED,
    NO_SPACE,
    /** There is too little for it, so it was not begun; the message says so without the path. */
    NO_ROOM,
    UNSUPPORTED,
    /** What version 3 of SFTP says for nearly everything: in the way, not empty, disk failed. */
    FAILURE
  }

  private final Reason reason;

  public TargetException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
