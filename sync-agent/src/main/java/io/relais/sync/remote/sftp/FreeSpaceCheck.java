package io.relais.sync.remote.sftp;

import com.google.common.base.Preconditions;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpReply;
import io.relais.sync.remote.SyncTarget.Space;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the server says of its disk. Version 3 of SFTP says only "failure" when a disk is full, so a
 * failed write is explained by the room that was left when it failed.
 */
final class FreeSpaceCheck {
  /** Below this a disk counts as full: file systems keep a little back. */
  private static final long FULL = 128 << 10;

  /** Of bytes, so that sums of some thousands of these are still numbers. */
  private static final long MOST = 1L << 50;

  private final SftpClient client;

  FreeSpaceCheck(SftpClient client) {
    this.client = client;
  }

  /**
   * The room where a path is; null where the server can't tell.
   *
   * @param path absolute, one character a byte
   */
  @Nullable Space at(String path) throws IOException {
    if (!client.supports(SftpClient.STATVFS)) {
      return null;
    }
    SftpReply reply =
        Replies.expect(
            SftpReply.EXTENDED_REPLY, client.statvfs(path), "ask for the target's free space");
    return Replies.translated(() -> read(reply));
  }

  /** OpenSSH's PROTOCOL, section 3.4. */
  private static Space read(SftpReply reply) throws IOException {
    reply.longInteger();
    long fragment = reply.longInteger();
    long blocks = reply.longInteger();
    reply.longInteger();
    long availableBlocks = reply.longInteger();
    long inodes = reply.longInteger();
    reply.longInteger();
    long availableInodes = reply.longInteger();
    long id = reply.longInteger();
    return new Space(
        bytes(availableBlocks, fragment),
        inodes == 0 ? -1 : availableInodes,
        bytes(blocks, fragment),
        id);
  }

  /** All of these numbers are without a sign, and anything that a server likes. */
  private static long bytes(long blocks, long fragment) {
    boolean isHuge = blocks < 0 || fragment < 0 || Math.multiplyHigh(blocks, fragment) != 0;
    return isHuge ? MOST : Math.min(Math.max(0, blocks * fragment), MOST);
  }

  /**
   * Finds out whether a full disk is behind a refusal. Ask before what was written is removed: that
   * would make room again.
   *
   * @param path what was to be made, absolute
   * @param needed bytes that would have been written
   */
  TargetException explain(TargetException refusal, String path, long needed) throws IOException {
    if (refusal.reason() != Reason.FAILURE) {
      return refusal;
    }
    try {
      Space space = at(parent(path));
      return space == null ? refusal : explain(refusal, space, needed);
    } catch (TargetException e) {
      return refusal;
    }
  }

  private static TargetException explain(TargetException refusal, Space space, long needed) {
    if (space.freeInodes() == 0) {
      return full(refusal, "no more files can be made there");
    }
    return space.freeBytes() < FULL
        ? full(refusal, space.freeBytes() + " bytes are free there, and " + needed + " are needed")
        : refusal;
  }

  private static TargetException full(TargetException refusal, String how) {
    return new TargetException(
        Reason.NO_SPACE, refusal.getMessage() + ": the target's disk is full: " + how);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    Preconditions.checkArgument(slash >= 0, "relative path %s", path);
    return slash == 0 ? "/" : path.substring(0, slash);
  }
}
