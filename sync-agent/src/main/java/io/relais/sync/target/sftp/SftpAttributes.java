package io.relais.sync.target.sftp;

import io.relais.sync.plan.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * File attributes as they cross the wire (draft-ietf-secsh-filexfer-02, section 5).
 *
 * @param mode type and permission bits; -1 when the server didn't say
 * @param mtimeSeconds seconds since 1970, unsigned
 */
record SftpAttributes(long size, int mode, long mtimeSeconds) {
  private static final int SIZE = 1;
  private static final int OWNER = 2;
  private static final int PERMISSIONS = 4;
  private static final int TIMES = 8;
  private static final int EXTENDED = 0x8000_0000;

  static SftpAttributes read(SftpReply reply) throws IOException {
    int flags = reply.integer();
    long size = (flags & SIZE) != 0 ? reply.longInteger() : 0;
    if ((flags & OWNER) != 0) {
      reply.longInteger();
    }
    int mode = (flags & PERMISSIONS) != 0 ? reply.integer() : -1;
    long mtime = (flags & TIMES) != 0 ? reply.longInteger() & 0xFFFF_FFFFL : 0;
    if ((flags & EXTENDED) != 0) {
      for (int left = reply.integer(); left > 0; left--) {
        reply.bytes();
        reply.bytes();
      }
    }
    return new SftpAttributes(size, mode, mtime);
  }

  /** What the entry is, by the type bits of its mode (stat(2)). */
  Kind kind() {
    return switch (mode & 0170000) {
      case 0100000 -> Kind.FILE;
      case 0040000 -> Kind.DIRECTORY;
      case 0120000 -> Kind.SYMLINK;
      default -> Kind.OTHER;
    };
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
