package io.relais.sync.watch;

import io.relais.sync.plan.RawNames;
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
 * passed through cost one watch each and are not listened to, but for the last one that there is
 * while the rest of the path is missing.
 *
 * <p>Has a thread of its own, which calls {@code onChange} after it has begun to watch the new way.
 */
final class RootGuard implements AutoCloseable {
  /** As the kernel has it (path_resolution(7)). */
  private static final int MOST_LINKS = 40;

  /** Between two looks while much happens beside a root that is missing. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final Inotify inotify;
  private final Path root;
  private final Runnable onChange;
  private final Thread thread;
  private Set<Integer> watches = Set.of();
  private volatile boolean seesAll;

  /** Makes guards. */
  interface Starter {
    /** Starts one; null where there is nothing to make it of. */
    @Nullable RootGuard start(Path root, Runnable onChange);
  }

  private RootGuard(Inotify inotify, Path root, Runnable onChange) {
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
  static @Nullable RootGuard start(Path root, Runnable onChange) {
    Inotify inotify;
    try {
      inotify = Inotify.openWithMounts();
    } catch (IOException e) {
      return null;
    }
    RootGuard guard = new RootGuard(inotify, root, onChange);
    guard.watchTheWay();
    guard.thread.start();
    return guard;
  }

  /** Whether all of the way is watched: not while a part of it is missing, or watches are short. */
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
    Set<Integer> now = new HashSet<>();
    seesAll = follow(root, 0, now);
    watches.stream().filter(watch -> !now.contains(watch)).forEach(inotify::remove);
    watches = now;
  }

  /** Returns whether the path could be followed to its end. */
  private boolean follow(Path path, int links, Set<Integer> found) {
    Path at = path.getRoot();
    for (Path name : path) {
      Path parent = at;
      at = parent.resolve(name);
      int watch = inotify.addWaypoint(RawNames.latin1(at));
      if (watch < 0) {
        found.add(inotify.add(RawNames.latin1(parent), Inotify.IN_MOVE_SELF));
        return false;
      }
      found.add(watch);
      if (Files.isSymbolicLink(at) && !followLink(parent, at, links, found)) {
        return false;
      }
    }
    return true;
  }

  private boolean followLink(Path parent, Path link, int links, Set<Integer> found) {
    try {
      return links < MOST_LINKS
          && follow(parent.resolve(Files.readSymbolicLink(link)), links + 1, found);
    } catch (IOException e) {
      // Just replaced: its watch tells.
      return false;
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
