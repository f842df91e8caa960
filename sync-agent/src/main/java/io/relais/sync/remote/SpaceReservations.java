package io.relais.sync.remote;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.remote.SyncTarget.Space;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the large files that are under way to one host are still going to take of its disks, for all
 * mirrors there. Safe for use by many threads.
 */
public final class SpaceReservations {
  @GuardedBy("this")
  private final Set<Share> shares = new HashSet<>();

  /**
   * A file that is under way, and what of it is there already; to be closed when it is there or was
   * dropped.
   */
  final class Share implements AutoCloseable {
    private final Space.FileSystem disk;
    private final long size;
    private final AtomicLong sent = new AtomicLong();

    private Share(Space.FileSystem disk, long size) {
      this.disk = disk;
      this.size = size;
    }

    /** So many bytes more are there, or are about to be. */
    void sent(long bytes) {
      sent.addAndGet(bytes);
    }

    private long left() {
      return Math.max(0, size - sent.get());
    }

    @Override
    public void close() {
      synchronized (SpaceReservations.this) {
        shares.remove(this);
      }
    }
  }

  /** What each file that is under way was still going to take at one moment. */
  record Before(ImmutableMap<Share, Long> left) {}

  /** To be taken before the server is asked for its free space, which may change meanwhile. */
  synchronized Before before() {
    ImmutableMap.Builder<Share, Long> left = ImmutableMap.builder();
    shares.forEach(share -> left.put(share, share.left()));
    return new Before(left.buildOrThrow());
  }

  /**
   * Takes room for one file, if there is enough. What others were going to take when the server was
   * asked counts, and all of those that were begun since.
   *
   * @param space what the server then said
   * @param reserve bytes that are to be left free
   * @throws TargetException {@code NO_ROOM} if there is not enough
   */
  synchronized Share take(Before before, Space space, long size, long reserve)
      throws TargetException {
    long promised = 0;
    for (Share share : Sets.union(before.left().keySet(), shares)) {
      if (share.disk.equals(space.fileSystem())) {
        promised += before.left().getOrDefault(share, share.size);
      }
    }
    // Neither is above what a disk can have, but what a server says may be.
    if (size > space.freeBytes() - promised - reserve) {
      throw new TargetException(
          TargetException.Reason.NO_ROOM, refusal(size, space, promised, reserve));
    }
    Share share = new Share(space.fileSystem(), size);
    shares.add(share);
    return share;
  }

  private static String refusal(long size, Space space, long promised, long reserve) {
    return "not begun for want of room: it takes "
        + shown(size)
        + "; "
        + shown(space.freeBytes())
        + " are free at the target, of which "
        + (promised == 0 ? "" : shown(promised) + " are for files under way and ")
        + shown(reserve)
        + " stay free ('reserve'); make room there, exclude it, or set a smaller reserve; it is"
        + " tried again by itself";
  }

  private static String shown(long bytes) {
    if (bytes < 1_000_000) {
      return "%,d bytes".formatted(bytes);
    }
    return bytes < 1_000_000_000
        ? "%,.1f MB".formatted(bytes / 1e6)
        : "%,.1f GB".formatted(bytes / 1e9);
  }
}
