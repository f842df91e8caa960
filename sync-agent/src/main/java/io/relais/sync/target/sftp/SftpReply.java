package io.relais.sync.target.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.sync.target.TargetUnavailableException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * One answer of the server, positioned after its id. For one thread.
 *
 * @param type {@code SSH_FXP_*}
 */
record SftpReply(int type, ByteBuffer body) {
  static final int STATUS = 101;
  static final int HANDLE = 102;
  static final int DATA = 103;
  static final int NAME = 104;
  static final int ATTRS = 105;
  static final int EXTENDED_REPLY = 201;

  /** The same answer, to be read by somebody else. */
  SftpReply copy() {
    return new SftpReply(type, body.duplicate());
  }

  /** Reads a string, one character a byte. */
  String string() throws IOException {
    return new String(bytes(), ISO_8859_1);
  }

  byte[] bytes() throws IOException {
    int length = integer();
    if (length < 0 || length > body.remaining()) {
      throw malformed();
    }
    byte[] value = new byte[length];
    body.get(value);
    return value;
  }

  int integer() throws IOException {
    try {
      return body.getInt();
    } catch (BufferUnderflowException e) {
      throw malformed();
    }
  }

  long longInteger() throws IOException {
    try {
      return body.getLong();
    } catch (BufferUnderflowException e) {
      throw malformed();
    }
  }

  static TargetUnavailableException malformed() {
    return new TargetUnavailableException("the server sent an SFTP packet that makes no sense");
  }
}
