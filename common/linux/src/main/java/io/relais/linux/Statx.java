package io.relais.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * Reads a {@code struct statx}: unlike {@code struct stat}, its layout is the same on every
 * processor (statx(2), linux/stat.h).
 */
public final class Statx {
  static final long BYTES = 256;

  /** STATX_BASIC_STATS and STATX_BTIME. */
  static final int MASK = 0xFFF;

  private static final int STATX_BTIME = 0x800;

  /** Since Linux 5.8. */
  private static final long STATX_ATTR_MOUNT_ROOT = 0x2000;

  private static final long STX_MASK = 0;
  private static final long STX_ATTRIBUTES = 8;
  private static final long STX_UID = 20;
  private static final long STX_GID = 24;
  private static final long STX_MODE = 28;
  private static final long STX_INO = 32;
  private static final long STX_SIZE = 40;
  private static final long STX_ATTRIBUTES_MASK = 56;
  private static final long STX_BLOCKS = 48;
  private static final long STX_BTIME = 80;
  private static final long STX_CTIME = 96;
  private static final long STX_MTIME = 112;
  private static final long STX_DEV_MAJOR = 136;
  private static final long STX_DEV_MINOR = 140;

  private static final int S_IFMT = 0xF000;
  private static final int S_IFDIR = 0x4000;
  private static final int S_IFREG = 0x8000;
  private static final int S_IFLNK = 0xA000;

  private Statx() {}

  public static boolean isRegularFile(MemorySegment statx) {
    return (mode(statx) & S_IFMT) == S_IFREG;
  }

  public static boolean isDirectory(MemorySegment statx) {
    return (mode(statx) & S_IFMT) == S_IFDIR;
  }

  public static boolean isSymlink(MemorySegment statx) {
    return (mode(statx) & S_IFMT) == S_IFLNK;
  }

  /** In bytes. */
  public static long size(MemorySegment statx) {
    return statx.get(JAVA_LONG, STX_SIZE);
  }

  /**
   * Whether something is mounted there, which neither the device nor the inode tells of a directory
   * that is mounted at another place of its own file system.
   */
  public static boolean isMountRoot(MemorySegment statx) {
    long known = statx.get(JAVA_LONG, STX_ATTRIBUTES) & statx.get(JAVA_LONG, STX_ATTRIBUTES_MASK);
    return (known & STATX_ATTR_MOUNT_ROOT) != 0;
  }

  /** When it was created, in nanoseconds since 1970; 0 where the file system doesn't keep that. */
  public static long birthNanos(MemorySegment statx) {
    boolean isKnown = (statx.get(JAVA_INT, STX_MASK) & STATX_BTIME) != 0;
    return isKnown ? nanos(statx, STX_BTIME) : 0;
  }

  /** The file system's number, its major in the upper half. */
  public static long device(MemorySegment statx) {
    return Integer.toUnsignedLong(statx.get(JAVA_INT, STX_DEV_MAJOR)) << 32
        | Integer.toUnsignedLong(statx.get(JAVA_INT, STX_DEV_MINOR));
  }

  public static long inode(MemorySegment statx) {
    return statx.get(JAVA_LONG, STX_INO);
  }

  /** The owner's number, 0 to 4,294,967,295. */
  public static long owner(MemorySegment statx) {
    return Integer.toUnsignedLong(statx.get(JAVA_INT, STX_UID));
  }

  /** The group's number, 0 to 4,294,967,295. */
  public static long group(MemorySegment statx) {
    return Integer.toUnsignedLong(statx.get(JAVA_INT, STX_GID));
  }

  /** How many bytes are stored; less than the size if there are holes, or if it is compressed. */
  public static long allocated(MemorySegment statx) {
    return statx.get(JAVA_LONG, STX_BLOCKS) * 512;
  }

  /** When its content changed last, in nanoseconds since 1970. */
  public static long mtimeNanos(MemorySegment statx) {
    return nanos(statx, STX_MTIME);
  }

  /** When anything of it changed last, in nanoseconds since 1970. */
  public static long ctimeNanos(MemorySegment statx) {
    return nanos(statx, STX_CTIME);
  }

  /** The permission bits, {@code 07777}. */
  public static int permissions(MemorySegment statx) {
    return mode(statx) & 07777;
  }

  private static int mode(MemorySegment statx) {
    return Short.toUnsignedInt(statx.get(JAVA_SHORT, STX_MODE));
  }

  /** Saturates: a file system can store times that nanoseconds in 64 bits can't (year 2262). */
  private static long nanos(MemorySegment statx, long offset) {
    long seconds = statx.get(JAVA_LONG, offset);
    long limit = Long.MAX_VALUE / 1_000_000_000L - 1;
    return Math.clamp(seconds, -limit, limit) * 1_000_000_000L
        + statx.get(JAVA_INT, offset + Long.BYTES);
  }
}
