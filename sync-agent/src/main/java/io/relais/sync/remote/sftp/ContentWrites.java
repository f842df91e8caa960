package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sync.remote.CpuYield;
import io.relais.sync.remote.SyncTarget.Content;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The writes that bring a content into a new file. Blocks of zeros are left out: what nothing was
 * written to reads as zeros, and takes no room where the server's file system has holes (POSIX,
 * lseek). A content that ends in zeros gets its last byte written: not every server lets the size
 * be set to more than the file has. For one thread.
 */
final class ContentWrites {
  private static final byte[] ZERO = new byte[1];

  private final Content content;
  private final int chunk;
  private final CpuYield cpuYield = new CpuYield();
  private long read;
  private long written;
  private boolean exhausted;
  private boolean ended;

  /**
   * Prepares to read.
   *
   * @param chunk the most bytes in one write
   */
  ContentWrites(Content content, int chunk) {
    this.content = content;
    this.chunk = chunk;
  }

  /**
   * One write, ready to be sent.
   *
   * @param bytes of data in it
   */
  record Write(SftpPacket packet, int bytes) {}

  /** Whether all was read, and no write comes after the last one given. */
  boolean isAtEnd() {
    return ended;
  }

  /** Reads up to what has to be written next; null if that is nothing, at the end. */
  @Nullable Write next(SftpClient client, String handle) throws IOException {
    SftpPacket packet = client.startWrite(handle, read, chunk);
    int kept = 0;
    while (!exhausted && kept == 0) {
      int count = packet.putFrom(content::read, chunk);
      exhausted = count < chunk;
      read += count;
      kept = packet.leaveOutZeros(count);
      if (kept < count) {
        content.leftOut(count - kept);
        // For as long as there is nothing to send, nothing else would notice.
        Replies.requireOpen(client, handle);
        cpuYield.worked(count);
      }
    }
    if (kept > 0) {
      written = packet.endOfWrite(kept);
      ended = exhausted && written == read;
      return new Write(packet, kept);
    }
    ended = true;
    return written == read
        ? null
        : new Write(client.startWrite(handle, read - 1, 1).putBytes(ZERO, 0, 1), 1);
  }
}
