package io.relais.sync.watch;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.FileAccess;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the present watcher doesn't tell of: directories that must be looked at from time to time
 * because no watch was left for them, and those that can't be read. Thread-safe.
 */
public final class WatchCoverage {
  private static final Logger LOG = LoggerFactory.getLogger(WatchCoverage.class);

  /** A directory changed this short ago may change again without a new time. */
  private static final Duration CLOCK_TICK = Duration.ofSeconds(1);

  private static final int MOST_PROBLEMS = 10;

  private final WatchedTree tree;
  private final GuardedListener guardedListener;
  private final Watched watched;
  private final NavigableMap<RelPath, FileTime> unwatched = new ConcurrentSkipListMap<>();
  private final NavigableMap<RelPath, Failure> failures = new ConcurrentSkipListMap<>();

  /** Those of them that the listener was told of. */
  @GuardedBy("this")
  private final Set<Failure> told = new HashSet<>();

  private volatile boolean exhausted;

  /** Why a directory can't be watched. Two are never equal, so that one of now outlives another. */
  private static final class Failure {
    final String problem;
    final boolean isDenied;

    Failure(String problem, boolean isDenied) {
      this.problem = problem;
      this.isDenied = isDenied;
    }
  }

  /** The directories that are watched. Safe for use by many threads. */
  public interface Watched {
    boolean contains(RelPath directory);

    int size();
  }

  public WatchCoverage(WatchedTree tree, GuardedListener guardedListener, Watched watched) {
    this.tree = tree;
    this.guardedListener = guardedListener;
    this.watched = watched;
  }

  public boolean isWatched(RelPath directory) {
    return watched.contains(directory);
  }

  public boolean isUnwatched(RelPath directory) {
    return unwatched.containsKey(directory);
  }

  public int watchedCount() {
    return watched.size();
  }

  int unwatchedCount() {
    return unwatched.size();
  }

  /** Whether a directory found no watch. */
  public boolean isExhausted() {
    return exhausted;
  }

  /** A directory has found a watch. */
  public void watch(RelPath directory) {
    unwatched.remove(directory);
  }

  /** No watch was left for it, or none is to be spent on it. */
  public void leaveUnwatched(RelPath directory, FileTime modified) {
    exhausted = true;
    unwatched.put(directory, modified);
  }

  /** It can have no watch of its own, however many are left. */
  void lookAtFromTimeToTime(RelPath directory, FileTime modified) {
    unwatched.put(directory, modified);
  }

  /** A directory is watched, and its entries could be read. */
  void read(RelPath directory) {
    Failure failure = failures.get(directory);
    if (failure != null) {
      withdraw(directory, failure);
    }
  }

  boolean hasFailed(RelPath directory) {
    return failures.containsKey(directory);
  }

  /** Another directory may be at a path by now, or none; whether anything was forgotten. */
  @CanIgnoreReturnValue
  boolean forgetBelow(RelPath path) {
    boolean any = false;
    for (Map.Entry<RelPath, Failure> failed : failures.tailMap(path, true).entrySet()) {
      if (!failed.getKey().startsWith(path)) {
        break;
      }
      withdraw(failed.getKey(), failed.getValue());
      any = true;
    }
    for (RelPath directory : unwatched.tailMap(path, true).keySet()) {
      if (!directory.startsWith(path)) {
        break;
      }
      any |= unwatched.remove(directory) != null;
    }
    return any;
  }

  /** A directory can't be watched, or what is in it can't be found. */
  public synchronized void failed(RelPath directory, FileSystemException cause) {
    boolean denied = cause instanceof AccessDeniedException;
    Failure failure =
        new Failure(
            denied ? deniedProblem(directory) : otherProblem(directory, cause.getReason()), denied);
    Failure before = failures.put(directory, failure);
    boolean wasTold = before != null && told.remove(before);
    tell(failure);
    if (before != null && wasTold && !before.problem.equals(failure.problem)) {
      guardedListener.resolved(before.problem);
    }
  }

  private String deniedProblem(RelPath directory) {
    Path absolute = tree.absolute(directory);
    return "can't watch %s: permission denied; fix it with: setfacl -m u:%s:rx %s"
        .formatted(
            ShellWord.shown(absolute), System.getProperty("user.name"), ShellWord.quote(absolute));
  }

  private String otherProblem(RelPath directory, @Nullable String reason) {
    return "can't watch %s: %s; changes there are seen by the full scan only"
        .formatted(ShellWord.shown(tree.absolute(directory)), reason);
  }

  @GuardedBy("this")
  private void tell(Failure failure) {
    if (told.size() < MOST_PROBLEMS && told.add(failure)) {
      guardedListener.degraded(failure.problem);
    }
  }

  private synchronized void withdraw(RelPath directory, Failure failure) {
    if (failures.remove(directory, failure) && told.remove(failure)) {
      // First what there was no room for, so that it is never said that nothing is wrong.
      failures.values().forEach(this::tell);
      guardedListener.resolved(failure.problem);
    }
  }

  boolean isAnyUnreadable() {
    return !failures.isEmpty();
  }

  /** Whether a directory that couldn't be read can be now. Forgets those that are gone. */
  boolean isAnyReadableAgain() {
    boolean any = false;
    for (Map.Entry<RelPath, Failure> failed : failures.entrySet()) {
      Path absolute = tree.absolute(failed.getKey());
      try (DirectoryStream<Path> _ = Files.newDirectoryStream(absolute)) {
        any |= failed.getValue().isDenied && FileAccess.isSearchable(absolute);
      } catch (NoSuchFileException | NotDirectoryException e) {
        withdraw(failed.getKey(), failed.getValue());
      } catch (IOException e) {
        LOG.debug("{} still can't be read", absolute, e);
      }
    }
    return any;
  }

  /** Hints at every unwatched directory, and finds those that are new or gone. */
  void poll() throws IOException {
    for (RelPath directory : unwatched.keySet()) {
      guardedListener.changed(directory);
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
            guardedListener.changed(path);
            return true;
          }

          @Override
          public void failed(RelPath path, FileSystemException cause) {
            WatchCoverage.this.failed(path, cause);
          }
        });
  }
}
