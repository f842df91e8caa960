package io.relais.sftp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * One request under way: the future of its answer, and what may be that. An answer is kept in
 * memory until somebody takes it, which may be long after it has come, and thousands may be under
 * way: so no more of it is kept than a right one of its type has. Completed by the channel.
 */
final class SftpRequest extends CompletableFuture<SftpReply> {
  /** Of the type and the id. */
  private static final int HEADER = 5;

  /** More than a message shows; servers say "Failure" or "No such file". */
  private static final int MOST_OF_STATUS = 1024;

  /** "The handle string MUST NOT be longer than 256 bytes" (draft, section 6.3). */
  private static final int MOST_OF_HANDLE = 256;

  /** Attributes have 32 bytes, free space and limits 88; a few extended attributes may follow. */
  private static final int MOST_OF_FIELDS = 4096;

  /** The count, and one text too long to be a symlink's. */
  private static final int MOST_OF_LINK = 8 + SftpListing.MOST_LINK_TEXT + 1;

  private final int type;
  private final int mostData;

  private SftpRequest(int type, int mostData) {
    this.type = type;
    this.mostData = mostData;
  }

  /** Begins to wait for the answer to a packet. */
  static SftpRequest of(SftpPacket packet) {
    int type = packet.type();
    return new SftpRequest(type, type == SftpClient.READ ? packet.lastInt() : 0);
  }

  /**
   * Takes the answer.
   *
   * @param body what follows the id
   * @throws SftpConnectionException if it can't be one to this request
   */
  void answer(int replyType, ByteBuffer body) throws IOException {
    switch (replyType) {
      case SftpReply.STATUS -> complete(beginning(replyType, body, MOST_OF_STATUS));
      case SftpReply.HANDLE -> {
        require(type == SftpClient.OPEN || type == SftpClient.OPENDIR, replyType);
        complete(whole(replyType, body, Integer.BYTES + MOST_OF_HANDLE));
      }
      case SftpReply.DATA -> {
        require(type == SftpClient.READ, replyType);
        complete(whole(replyType, body, Integer.BYTES + mostData));
      }
      case SftpReply.NAME -> {
        require(type == SftpClient.READDIR || type == SftpClient.READLINK, replyType);
        complete(
            type == SftpClient.READDIR
                ? new SftpReply(replyType, body)
                : beginning(replyType, body, MOST_OF_LINK));
      }
      case SftpReply.ATTRS -> {
        require(type == SftpClient.LSTAT || type == SftpClient.FSTAT, replyType);
        complete(whole(replyType, body, MOST_OF_FIELDS));
      }
      case SftpReply.EXTENDED_REPLY -> {
        require(type == SftpClient.EXTENDED, replyType);
        complete(whole(replyType, body, MOST_OF_FIELDS));
      }
      default -> throw SftpReply.unexpected(replyType);
    }
  }

  private static void require(boolean fits, int replyType) throws IOException {
    if (!fits) {
      throw SftpReply.unexpected(replyType);
    }
  }

  private static SftpReply whole(int replyType, ByteBuffer body, int most) throws IOException {
    if (body.remaining() > most) {
      throw SftpReply.malformed(
          "type %d with %,d bytes, where %,d are the most",
          replyType, HEADER + body.remaining(), HEADER + most);
    }
    return new SftpReply(replyType, body);
  }

  private static SftpReply beginning(int replyType, ByteBuffer body, int most) {
    if (body.remaining() <= most) {
      return new SftpReply(replyType, body);
    }
    int from = body.arrayOffset() + body.position();
    byte[] kept = Arrays.copyOfRange(body.array(), from, from + most);
    return new SftpReply(replyType, ByteBuffer.wrap(kept), true);
  }
}
