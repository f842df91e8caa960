package io.relais.sync.target.sftp;

import java.io.IOException;

/**
 * What the server allows (OpenSSH's PROTOCOL, section 4.8).
 *
 * @param writeLength bytes in one write; 0 if it doesn't say
 * @param handles files open at once on one channel; 0 if it doesn't say
 */
record SftpLimits(long writeLength, long handles) {
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

  boolean allowsHandles(long count) {
    return handles == 0 || handles >= count;
  }
}
