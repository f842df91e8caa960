package io.relais.sync.entry;

import static com.google.common.base.Preconditions.checkArgument;

import org.jspecify.annotations.Nullable;

/**
 * What the target says of one entry, as far as SFTP version 3 can tell.
 *
 * @param size bytes of a file; 0 for every other kind
 * @param mtimeSeconds time of the last change, whole seconds since 1970, 32 bits unsigned
 *     (draft-ietf-secsh-filexfer-02, section 5)
 * @param mode the permission bits, {@code 07777}; 0777 for a symlink, which has none of its own;
 *     without setgid for a directory, see {@link #mode(EntryKind, int)}
 * @param linkTarget what a symlink says, one character a byte; null for every other kind
 */
public record TargetEntry(
    EntryKind kind, long size, long mtimeSeconds, int mode, @Nullable String linkTarget) {
  /** The permissions a directory needs of its owner while its content is changed. */
  public static final int UNLOCKED = 0700;

  private static final long MAX_SECONDS = 0xFFFF_FFFFL;

  /** What makes a directory hand its group on to what is made in it (inode(7)). */
  private static final int SETGID = 02000;

  public TargetEntry {
    checkArgument(
        (kind == EntryKind.SYMLINK) == (linkTarget != null), "link target and kind differ");
    checkArgument((mode & ~07777) == 0, "mode %s has more than permission bits", mode);
  }

  /** A time in nanoseconds as the wire can carry it: rounded down, and kept within 1970 to 2106. */
  public static long wireSeconds(long nanos) {
    return Math.clamp(Math.floorDiv(nanos, 1_000_000_000L), 0, MAX_SECONDS);
  }

  /**
   * The part of a mode that is mirrored: all of it, but for setgid of a directory. Groups are not
   * mirrored, so which group a directory hands on is the business of whoever runs the target.
   */
  public static int mode(EntryKind kind, int mode) {
    return kind == EntryKind.DIRECTORY ? mode & ~SETGID : mode;
  }
}
