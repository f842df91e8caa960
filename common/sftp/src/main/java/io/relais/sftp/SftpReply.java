package io.relais.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One answer of the server, positioned after its id. For one thread. Whatever is wrong with it is
 * the server's fault, and ends the connection: nothing that it says can be relied on.
 *
 * @param type {@code SSH_FXP_*}
 * @param isCut whether only the beginning of it was kept (see {@link SftpRequest})
 */
public record SftpReply(int type, ByteBuffer body, boolean isCut) {
  static final int STATUS = 101;
  public static final int HANDLE = 102;
  static final int DATA = 103;
  public static final int NAME = 104;
  public static final int ATTRS = 105;
  public static final int EXTENDED_REPLY = 201;

  SftpReply(int type, ByteBuffer body) {
    this(type, body, false);
  }

  /** The same answer, to be read by somebody else. */
  public SftpReply copy() {
    return new SftpReply(type, body.duplicate(), isCut);
  }

  /** Reads a string, one character a byte. */
  public String string() throws IOException {
    return new String(bytes(), ISO_8859_1);
  }

  byte[] bytes() throws IOException {
    int length = length();
    if (length > body.remaining()) {
      throw malformed("a string of %,d bytes in the last %,d", length, body.remaining());
    }
    byte[] value = new byte[length];
    body.get(value);
    return value;
  }

  /** Passes over a string. */
  void skipString() throws IOException {
    int length = length();
    if (length > body.remaining()) {
      throw malformed("a string of %,d bytes in the last %,d", length, body.remaining());
    }
    body.position(body.position() + length);
  }

  /**
   * Reads the beginning of a string, one character a byte; what follows it can't be read then.
   *
   * @param most characters to be read
   */
  String beginning(int most) throws IOException {
    int length = length();
    if (!isCut && length > body.remaining()) {
      throw malformed("a string of %,d bytes in the last %,d", length, body.remaining());
    }
    byte[] value = new byte[Math.min(Math.min(length, most), body.remaining())];
    body.get(value);
    return new String(value, ISO_8859_1);
  }

  /** The bytes of the string that comes next, which is not read yet. */
  int lengthOfNext() throws IOException {
    body.mark();
    int length = length();
    body.reset();
    return length;
  }

  private int length() throws IOException {
    int length = integer();
    if (length < 0) {
      throw malformed("a string of %,d bytes", Integer.toUnsignedLong(length));
    }
    return length;
  }

  int integer() throws IOException {
    if (body.remaining() < Integer.BYTES) {
      throw malformed("it ends too early");
    }
    return body.getInt();
  }

  public long longInteger() throws IOException {
    if (body.remaining() < Long.BYTES) {
      throw malformed("it ends too early");
    }
    return body.getLong();
  }

  /** Makes the exception for what is against the protocol; {@code how} says what is. */
  @FormatMethod
  static SftpConnectionException malformed(String how, Object... arguments) {
    return new SftpConnectionException(
        "the server sent an invalid SFTP reply (" + how.formatted(arguments) + ")");
  }

  /** The same for an answer of a type that nobody asked for. */
  static SftpConnectionException unexpected(int type) {
    return malformed("its type is %d, which does not answer the request", type);
  }
}
