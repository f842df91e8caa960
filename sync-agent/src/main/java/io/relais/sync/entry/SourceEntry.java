package io.relais.sync.entry;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the source's disk says of one entry at one moment.
 *
 * @param size bytes of a file; 0 for every other kind
 * @param mtimeNanos time of the last change of the content, nanoseconds since 1970 (may be
 *     negative)
 * @param ctimeNanos time of the last change of the inode, nanoseconds since 1970; 0 if the entry
 *     was so young when it was read that another change could bear the same time
 * @param mode the permission bits, {@code 07777}
 * @param device {@code st_dev}, major and minor packed as {@code major << 32 | minor}
 * @param inode {@code st_ino}
 * @param linkTarget what a symlink says, one character a byte; null for every other kind
 * @param mountRoot whether it is a directory on which something is mounted
 */
public record SourceEntry(
    EntryKind kind,
    long size,
    long mtimeNanos,
    long ctimeNanos,
    int mode,
    long device,
    long inode,
    @Nullable String linkTarget,
    boolean mountRoot) {
  /**
   * How old a change must be to show in the times: the kernel stamps them with the clock of its
   * last tick, which is at most half as old. What was changed later could change again under the
   * same times.
   */
  public static final Duration SETTLED = Duration.ofMillis(20);

  public SourceEntry {
    checkArgument(
        (kind == EntryKind.SYMLINK) == (linkTarget != null), "link target and kind differ");
    checkArgument((mode & ~07777) == 0, "mode %s has more than permission bits", mode);
  }

  /** One that is no mount point. */
  public SourceEntry(
      EntryKind kind,
      long size,
      long mtimeNanos,
      long ctimeNanos,
      int mode,
      long device,
      long inode,
      @Nullable String linkTarget) {
    this(kind, size, mtimeNanos, ctimeNanos, mode, device, inode, linkTarget, false);
  }

  /** The same, but with times that say nothing: whether the content is still that must be read. */
  public SourceEntry racy() {
    return new SourceEntry(kind, size, mtimeNanos, 0, mode, device, inode, linkTarget, mountRoot);
  }

  /** Whether equal times don't mean equal content. */
  public boolean isRacy() {
    return ctimeNanos == 0;
  }

  /** What the target should say once it is equal to this. */
  public TargetEntry asTarget() {
    return new TargetEntry(
        kind, size, TargetEntry.wireSeconds(mtimeNanos), TargetEntry.mode(kind, mode), linkTarget);
  }
}
