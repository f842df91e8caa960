package io.relais.sftp;

import io.relais.common.EscapedName;
import java.io.IOException;

/**
 * The server refused a request, or what it answered is more than the client takes; the connection
 * is fine. Refusals are told apart by their status code, never by the server's text
 * (draft-ietf-secsh-filexfer-02, section 7).
 */
public final class SftpStatusException extends IOException {
  private static final long serialVersionUID = 1L;

  static final int OK = 0;
  static final int EOF = 1;
  public static final int NO_SUCH_FILE = 2;
  public static final int PERMISSION_DENIED = 3;

  /** What version 3 says for nearly everything. */
  public static final int FAILURE = 4;

  public static final int OP_UNSUPPORTED = 8;

  /** Version 3 has codes up to 8; servers of later versions send theirs, up to 31, all the same. */
  private static final int MOST = 31;

  /** Bytes of the server's text that a message shows. */
  private static final int MAX_SHOWN = 200;

  private final int status;

  /**
   * Makes one.
   *
   * @param status {@code SSH_FX_*}
   */
  SftpStatusException(int status, String message) {
    super(message);
    this.status = status;
  }

  /**
   * Makes the exception for a refusal; {@code what} says what was attempted.
   *
   * @throws SftpConnectionException if it is none: OK where something else is due, or no status
   *     code at all
   */
  public static SftpStatusException of(String what, SftpReply reply) throws IOException {
    int code = reply.integer();
    if (code <= OK || code > MOST) {
      throw SftpReply.malformed("status %d where it can only refuse", code);
    }
    String text = reply.body().remaining() >= 4 ? shown(reply.beginning(MAX_SHOWN + 1)) : "";
    return new SftpStatusException(code, what + ": " + (text.isEmpty() ? "status " + code : text));
  }

  /** {@code SSH_FX_*}; {@link #FAILURE} where it is the client that refuses. */
  public int status() {
    return status;
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
}
