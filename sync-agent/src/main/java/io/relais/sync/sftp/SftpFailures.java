package io.relais.sync.sftp;

import io.relais.sync.path.EscapedName;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;

/**
 * Tells the server's refusals apart, by status code and never by its text
 * (draft-ietf-secsh-filexfer-02, section 7).
 */
public final class SftpFailures {
  static final int OK = 0;
  static final int EOF = 1;
  private static final int NO_SUCH_FILE = 2;
  private static final int PERMISSION_DENIED = 3;
  private static final int OP_UNSUPPORTED = 8;

  /** Version 3 has codes up to 8; servers of later versions send theirs, up to 31, all the same. */
  private static final int MOST = 31;

  /** Bytes of the server's text that a message shows. */
  private static final int MAX_SHOWN = 200;

  private SftpFailures() {}

  /**
   * Makes the exception for a refusal; {@code what} says what was attempted.
   *
   * @throws io.relais.sync.remote.TargetUnavailableException if it is none: OK where something else
   *     is due, or no status code at all
   */
  public static TargetException of(String what, SftpReply status) throws IOException {
    int code = status.integer();
    if (code <= OK || code > MOST) {
      throw SftpReply.malformed("status %d where it can only refuse", code);
    }
    String text = status.body().remaining() >= 4 ? shown(status.beginning(MAX_SHOWN + 1)) : "";
    return new TargetException(
        reason(code), what + ": " + (text.isEmpty() ? "status " + code : text));
  }

  /** On one line, and no longer than a message should be. */
  private static String shown(String latin1) {
    if (latin1.length() <= MAX_SHOWN) {
      return EscapedName.of(latin1.strip());
    }
    int end = MAX_SHOWN;
    // Not within a character of UTF-8, which would then count as none.
    while (end > MAX_SHOWN - 4 && (latin1.charAt(end) & 0xC0) == 0x80) {
      end--;
    }
    return EscapedName.of(latin1.substring(0, end).strip()) + " [...]";
  }

  private static Reason reason(int code) {
    return switch (code) {
      case NO_SUCH_FILE -> Reason.NOT_FOUND;
      case PERMISSION_DENIED -> Reason.PERMISSION_DENIED;
      case OP_UNSUPPORTED -> Reason.UNSUPPORTED;
      default -> Reason.FAILURE;
    };
  }
}
