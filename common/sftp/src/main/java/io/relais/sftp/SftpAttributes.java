package io.relais.sftp;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * File attributes as they cross the wire (draft-ietf-secsh-filexfer-02, section 5).
 *
 * @param mode type and permission bits; -1 when the server didn't say
 * @param mtimeSeconds seconds since 1970, unsigned
 */
public record SftpAttributes(long size, int mode, long mtimeSeconds) {
  /** In a mode (inode(7)). */
  public static final int SETGID = 02000;

  private static final int TYPE = 0170000;

  private static final int SIZE = 1;
  private static final int OWNER = 2;
  private static final int PERMISSIONS = 4;
  private static final int TIMES = 8;
  private static final int EXTENDED = 0x8000_0000;
  private static final int KNOWN = SIZE | OWNER | PERMISSIONS | TIMES | EXTENDED;

  /**
   * Reads what comes next in an answer. Extended attributes are passed over: nothing of them is
   * kept, and the packet bounds how many there are.
   */
  public static SftpAttributes read(SftpReply reply) throws IOException {
    int flags = reply.integer();
    if ((flags & ~KNOWN) != 0) {
      // What follows can't be told: each flag stands for fields.
      throw SftpReply.malformed("attributes with the flags %#x", flags);
    }
    long size = (flags & SIZE) != 0 ? reply.longInteger() : 0;
    if (size < 0) {
      throw SftpReply.malformed("a size of %s bytes", Long.toUnsignedString(size));
    }
    if ((flags & OWNER) != 0) {
      reply.longInteger();
    }
    int mode = (flags & PERMISSIONS) != 0 ? reply.integer() : -1;
    long mtime = (flags & TIMES) != 0 ? reply.longInteger() & 0xFFFF_FFFFL : 0;
    if ((flags & EXTENDED) != 0) {
      skipExtended(reply);
    }
    return new SftpAttributes(size, mode, mtime);
  }

  private static void skipExtended(SftpReply reply) throws IOException {
    int count = reply.integer();
    if (count < 0 || count > reply.body().remaining() / (2 * Integer.BYTES)) {
      throw SftpReply.malformed("%,d extended attributes", Integer.toUnsignedLong(count));
    }
    for (int left = count; left > 0; left--) {
      reply.skipString();
      reply.skipString();
    }
  }

  /** Whether it is a directory that hands its group on to what is made in it. */
  public boolean isSetgidDirectory() {
    return isDirectory() && (mode & SETGID) != 0;
  }

  /** By the type bits of the mode (stat(2)), as the other two. */
  public boolean isFile() {
    return (mode & TYPE) == 0100000;
  }

  public boolean isDirectory() {
    return (mode & TYPE) == 0040000;
  }

  public boolean isSymlink() {
    return (mode & TYPE) == 0120000;
  }

  /** Puts permissions, times or both into a request. */
  static SftpPacket put(SftpPacket packet, @Nullable Integer mode, @Nullable Long mtimeSeconds) {
    packet.putInt((mode == null ? 0 : PERMISSIONS) | (mtimeSeconds == null ? 0 : TIMES));
    if (mode != null) {
      packet.putInt(mode);
    }
    if (mtimeSeconds != null) {
      packet.putInt(mtimeSeconds).putInt(mtimeSeconds);
    }
    return packet;
  }
}
