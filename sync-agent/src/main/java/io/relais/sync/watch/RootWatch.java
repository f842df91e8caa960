package io.relais.sync.watch;

import io.relais.linux.Errno;
import io.relais.linux.Inotify;
import io.relais.sync.path.NativeNames;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells at once when a path may lead to another directory: a directory or a symlink on the way was
 * moved, deleted or replaced, or something was mounted or unmounted. Directories that are only
 * passed through cost one watch each, and what happens in them is not listened to, but in the last
 * one that there is while the rest of the path is missing.
 *
 * <p>Has a thread of its own, which calls {@code onChange} after it has begun to watch the new way.
 */
public final class RootWatch implements AutoCloseable {
  /** As the kernel has it (path_resolution(7)). */
  private static final int MOST_LINKS = 40;

  /** Between two looks while much happens next to a root that is missing. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final Inotify inotify;
  private final Path root;
  private final Runnable onChange;
  private final Thread thread;
  private Set<Integer> watches = Set.of();
  private volatile boolean seesAll;

  /** Makes guards. */
  public interface Starter {
    /** Starts one; null where there is nothing to make it of. */
    @Nullable RootWatch start(Path root, Runnable onChange);
  }

  private RootWatch(Inotify inotify, Path root, Runnable onChange) {
    this.inotify = inotify;
    this.root = root;
    this.onChange = onChange;
    this.thread = Thread.ofPlatform().name("watch-root").daemon().unstarted(this::run);
  }

  /**
   * Starts to guard the way to a directory.
   *
   * @param root absolute
   * @return null if the user may have no more inotify instances
   */
  static @Nullable RootWatch start(Path root, Runnable onChange) {
    Inotify inotify;
    try {
      inotify = Inotify.openWithMounts();
    } catch (IOException e) {
      return null;
    }
    RootWatch guard = new RootWatch(inotify, root, onChange);
    guard.watchTheWay();
    guard.thread.start();
    return guard;
  }

  /** Whether all of the way is watched: not while a part of it is missing or out of reach. */
  boolean seesAll() {
    return seesAll && thread.isAlive();
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(16 << 10, Long.BYTES);
      while (inotify.await(buffer)) {
        watchTheWay();
        onChange.run();
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException | IOException e) {
      // Then it is dead, and the root is looked at as where there is no guard.
      onChange.run();
    }
  }

  private void watchTheWay() {
    Walk walk = new Walk();
    seesAll = walk.follow(root) && walk.complete && inotify.seesMounts();
    watches.stream().filter(watch -> !walk.found.contains(watch)).forEach(inotify::remove);
    watches = walk.found;
  }

  /** Follows the path once, and watches what it comes through. */
  private final class Walk {
    final Set<Integer> found = new HashSet<>();
    boolean complete = true;
    private int links;

    /** Returns whether the path leads anywhere, as far as can be seen. */
    boolean follow(Path path) {
      Path at = path.getRoot();
      for (Path name : path) {
        Path parent = at;
        at = parent.resolve(name);
        if (!isThere(parent, at)) {
          return false;
        }
        if (Files.isSymbolicLink(at) && !followLink(parent, at)) {
          return false;
        }
      }
      return true;
    }

    private boolean isThere(Path parent, Path at) {
      String bytes = NativeNames.latin1(at);
      int watch = inotify.addWaypoint(bytes);
      if (isMissing(watch)) {
        note(inotify.addParent(NativeNames.latin1(parent)));
        // It may have come just before its parent was watched for it.
        watch = inotify.addWaypoint(bytes);
      }
      note(watch);
      return !isMissing(watch);
    }

    private static boolean isMissing(int watch) {
      return watch == -Errno.ENOENT || watch == -Errno.ENOTDIR;
    }

    /** What can't be watched, out of reach or for want of watches, may be followed all the same. */
    private void note(int watch) {
      if (watch >= 0) {
        found.add(watch);
      } else {
        complete = false;
      }
    }

    private boolean followLink(Path parent, Path link) {
      note(inotify.addLink(NativeNames.latin1(link)));
      links++;
      try {
        return links <= MOST_LINKS && follow(parent.resolve(Files.readSymbolicLink(link)));
      } catch (IOException e) {
        // Just replaced: its watch tells.
        return false;
      }
    }
  }

  @Override
  public void close() {
    inotify.wake();
    thread.interrupt();
    try {
      if (thread.join(CLOSE_PATIENCE)) {
        inotify.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
