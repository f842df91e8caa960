package io.relais.sync.watch;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.ShellWord;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What the present watcher doesn't tell of: directories that must be looked at from time to time
 * because no watch was left for them, and those that can't be read. Thread-safe.
 */
final class Coverage {
  /** A directory changed this short ago may change again without a new time. */
  private static final Duration CLOCK_TICK = Duration.ofSeconds(1);

  private static final int MOST_PROBLEMS = 10;

  private final WatchedTree tree;
  private final Outlet outlet;
  private final Watched watched;
  private final NavigableMap<RelPath, FileTime> unwatched = new ConcurrentSkipListMap<>();
  private final Set<RelPath> unreadable = ConcurrentHashMap.newKeySet();
  private volatile boolean exhausted;

  /** The directories that are watched. Safe for use by many threads. */
  interface Watched {
    boolean contains(RelPath directory);

    int size();
  }

  Coverage(WatchedTree tree, Outlet outlet, Watched watched) {
    this.tree = tree;
    this.outlet = outlet;
    this.watched = watched;
  }

  boolean isWatched(RelPath directory) {
    return watched.contains(directory);
  }

  boolean isUnwatched(RelPath directory) {
    return unwatched.containsKey(directory);
  }

  int watchedCount() {
    return watched.size();
  }

  int unwatchedCount() {
    return unwatched.size();
  }

  /** Whether a directory found no watch. */
  boolean isExhausted() {
    return exhausted;
  }

  /** A directory has found a watch. */
  void watch(RelPath directory) {
    unwatched.remove(directory);
  }

  /** No watch was left for it, or none is to be spent on it. */
  void leaveUnwatched(RelPath directory, FileTime modified) {
    exhausted = true;
    unwatched.put(directory, modified);
  }

  /** It can have no watch of its own, however many are left. */
  void lookAtFromTimeToTime(RelPath directory, FileTime modified) {
    unwatched.put(directory, modified);
  }

  /** Another directory may be at a path by now, or none; whether anything was forgotten. */
  @CanIgnoreReturnValue
  boolean forgetBelow(RelPath path) {
    boolean any = false;
    for (RelPath directory : unwatched.tailMap(path, true).keySet()) {
      if (!directory.startsWith(path)) {
        break;
      }
      any |= unwatched.remove(directory) != null;
    }
    return any;
  }

  void failed(RelPath directory, FileSystemException cause) {
    if (cause instanceof AccessDeniedException) {
      unreadable.add(directory);
    }
    if (unreadable.size() > MOST_PROBLEMS) {
      return;
    }
    Path absolute = tree.absolute(directory);
    outlet.degraded(
        cause instanceof AccessDeniedException
            ? "can't watch %s: permission denied; mend it with: setfacl -m u:%s:rx %s"
                .formatted(
                    ShellWord.shown(absolute),
                    System.getProperty("user.name"),
                    ShellWord.quote(absolute))
            : "can't watch %s: %s; changes there are seen by the full scan only"
                .formatted(ShellWord.shown(absolute), cause.getReason()));
  }

  boolean isAnyUnreadable() {
    return !unreadable.isEmpty();
  }

  /** Whether a directory that couldn't be read can be now. */
  boolean isAnyReadableAgain() {
    return unreadable.stream().anyMatch(this::isReadableOrGone);
  }

  private boolean isReadableOrGone(RelPath directory) {
    Path absolute = tree.absolute(directory);
    try (DirectoryStream<Path> _ = Files.newDirectoryStream(absolute)) {
      return Files.isExecutable(absolute);
    } catch (NoSuchFileException e) {
      unreadable.remove(directory);
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /** Hints at every unwatched directory, and finds those that are new or gone. */
  void poll() throws IOException {
    for (RelPath directory : unwatched.keySet()) {
      outlet.changed(directory);
      pollOne(directory);
    }
  }

  private void pollOne(RelPath directory) throws IOException {
    Path absolute = tree.absolute(directory);
    FileTime modified;
    try {
      modified = WatchedTree.attributes(absolute).lastModifiedTime();
    } catch (FileSystemException e) {
      unwatched.remove(directory); // its parent is hinted at, by us or by an event
      return;
    }
    FileTime before = unwatched.replace(directory, modified);
    if (before == null) {
      return;
    }
    if (!modified.equals(before) || modified.toInstant().isAfter(Instant.now().minus(CLOCK_TICK))) {
      addNewBelow(absolute, directory);
    }
  }

  private void addNewBelow(Path absolute, RelPath directory) throws IOException {
    tree.walk(
        absolute,
        new WatchedTree.Visitor() {
          @Override
          public boolean enter(Path found, RelPath path, FileTime modified) {
            if (path.equals(directory)) {
              return true;
            }
            if (isWatched(path) || unwatched.putIfAbsent(path, modified) != null) {
              return false;
            }
            outlet.changed(path);
            return true;
          }

          @Override
          public void failed(RelPath path, FileSystemException cause) {
            Coverage.this.failed(path, cause);
          }
        });
  }
}
