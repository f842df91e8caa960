package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpReply;
import io.relais.sync.remote.TargetRefusedException;
import java.io.IOException;

/**
 * What the server allows (OpenSSH's PROTOCOL, section 4.8).
 *
 * @param writeLength bytes in one write; 0 if it doesn't say
 * @param handles files open at once on one channel; 0 if it doesn't say
 */
record SftpLimits(long writeLength, long handles) {
  private static final int OTHERS = 220;
  private static final int FEWEST = 32;
  private static final int MOST = 800;

  /**
   * One page of memory, and room for a path. The draft wants 32,768 bytes of data in a packet
   * (section 3), and OpenSSH allows 261,120; with less than this, a file takes more of the server's
   * time for the packets than for what is in them, and a long path fits into none.
   */
  private static final int LEAST_BYTES = 4096;

  /** Files opened ahead, one that is sent, and some directories that are listed meanwhile. */
  private static final int LEAST_HANDLES = 16;

  static SftpLimits ask(SftpClient client) throws IOException {
    if (!client.supports(SftpClient.LIMITS)) {
      return new SftpLimits(0, 0);
    }
    SftpReply limits =
        Replies.expect(SftpReply.EXTENDED_REPLY, client.limits(), "ask for the server's limits");
    return Replies.translated(() -> read(limits));
  }

  private static SftpLimits read(SftpReply limits) throws IOException {
    atLeast(LEAST_BYTES, limits.longInteger(), "bytes in a packet");
    atLeast(LEAST_BYTES, limits.longInteger(), "bytes in a read");
    long write = atLeast(LEAST_BYTES, limits.longInteger(), "bytes in a write");
    long handles = atLeast(LEAST_HANDLES, limits.longInteger(), "files open at once");
    return new SftpLimits(write, handles);
  }

  /** The limit, or 0 where there is none: the server says so, or gives more than a long holds. */
  private static long atLeast(long least, long limit, String what) throws TargetRefusedException {
    if (limit > 0 && limit < least) {
      throw new TargetRefusedException(
          "the server's limit (limits@openssh.com) of %,d %s is too low: at least %,d are needed; raise it at the server"
              .formatted(limit, what, least));
    }
    return Math.max(limit, 0);
  }

  /** How long a write may be: as wished, or less. */
  int writeLength(int wished, int otherwise) {
    return writeLength == 0 ? otherwise : (int) Math.min(wished, writeLength);
  }

  /**
   * How many files may be on their way at once, even if all of them must go through one channel,
   * beside what is opened ahead and what is listed. With a round trip of 30 ms, 384 small files
   * give 3,700 a second, and 800 are enough to keep two cores busy.
   */
  int filesAtOnce(int otherwise) {
    return handles == 0 ? otherwise : Math.clamp(handles - OTHERS, FEWEST, MOST);
  }

  boolean allowsHandles(long count) {
    return handles == 0 || handles >= count;
  }
}
