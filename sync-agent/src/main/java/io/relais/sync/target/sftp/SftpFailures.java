package io.relais.sync.target.sftp;

import io.relais.sync.plan.EscapedName;
import io.relais.sync.target.TargetException;
import io.relais.sync.target.TargetException.Reason;
import java.io.IOException;

/**
 * Tells the server's refusals apart, by status code and never by its text
 * (draft-ietf-secsh-filexfer-02, section 7).
 */
final class SftpFailures {
  static final int OK = 0;
  static final int EOF = 1;
  private static final int NO_SUCH_FILE = 2;
  private static final int PERMISSION_DENIED = 3;
  private static final int OP_UNSUPPORTED = 8;

  private SftpFailures() {}

  /** Makes the exception for a status other than OK; {@code what} says what was attempted. */
  static TargetException of(String what, SftpReply status) throws IOException {
    int code = status.integer();
    String text = status.body().remaining() >= 4 ? EscapedName.of(status.string()) : "";
    return new TargetException(
        reason(code), what + ": " + (text.isEmpty() ? "status " + code : text));
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
