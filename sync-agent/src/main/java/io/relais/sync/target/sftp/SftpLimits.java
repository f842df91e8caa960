package io.relais.sync.target.sftp;

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

  static SftpLimits ask(SftpClient client) throws IOException {
    if (!client.supports(SftpClient.LIMITS)) {
      return new SftpLimits(0, 0);
    }
    SftpReply limits =
        client.expect(SftpReply.EXTENDED_REPLY, client.limits(), "ask for the server's limits");
    limits.longInteger();
    limits.longInteger();
    long write = limits.longInteger();
    return new SftpLimits(Math.max(write, 0), Math.max(limits.longInteger(), 0));
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
