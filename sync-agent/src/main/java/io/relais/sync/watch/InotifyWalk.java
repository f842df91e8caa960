package io.relais.sync.watch;

import io.relais.sync.plan.RelPath;
import io.relais.sync.scan.Subdirectories;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/**
 * Puts watches on directories: first on one, then it looks for directories in it, so that whatever
 * is made later is told by the watch. For one thread at a time: several would only wait for one
 * another at the lock that the kernel has for an instance.
 */
final class InotifyWalk {
  private final Inotify inotify;
  private final WatchedTree tree;
  private final WatchTable table;
  private final Coverage coverage;
  private final Set<RelPath> rejected;
  private final int budget;
  private final Reports reports;

  /** Where a watch was thought to be that turned up elsewhere: who knows what is there now. */
  private final Queue<RelPath> doubtful = new ArrayDeque<>();

  /** What a walk tells. */
  interface Reports {
    /** This directory was not watched until now: what happened in it before went unseen. */
    void isNew(RelPath directory);

    /** This directory gets no watch, and {@link Coverage} knows that. */
    void leftOut(RelPath directory);

    /** Whether nobody is interested any more. */
    boolean isOver();
  }

  /**
   * @param rejected directories to spend no watch on
   * @param budget how many directories to watch at most
   */
  InotifyWalk(
      Inotify inotify,
      WatchedTree tree,
      WatchTable table,
      Coverage coverage,
      Set<RelPath> rejected,
      int budget,
      Reports reports) {
    this.inotify = inotify;
    this.tree = tree;
    this.table = table;
    this.coverage = coverage;
    this.rejected = rejected;
    this.budget = budget;
    this.reports = reports;
  }

  /**
   * Watches a directory and all below it.
   *
   * @param unbroken watches that were there all the time, only not known where
   */
  void below(RelPath start, Set<Integer> unbroken) throws IOException {
    walk(start, unbroken);
    mendDoubtful();
  }

  private void mendDoubtful() throws IOException {
    RelPath next = doubtful.poll();
    while (next != null && !reports.isOver()) {
      walk(next, Set.of());
      next = doubtful.poll();
    }
  }

  private void walk(RelPath start, Set<Integer> unbroken) throws IOException {
    Deque<RelPath> todo = new ArrayDeque<>();
    todo.push(start);
    while (!todo.isEmpty() && !reports.isOver()) {
      enter(todo.pop(), unbroken).forEach(todo::push);
    }
  }

  /** Watches one directory; the directories in it. */
  private List<RelPath> enter(RelPath directory, Set<Integer> unbroken) throws IOException {
    if (reports.isOver() || tree.leavesOut(directory)) {
      return List.of();
    }
    try {
      if (isRefused(directory)) {
        leaveOut(directory);
      } else {
        watch(directory, unbroken);
      }
      return Subdirectories.of(tree.latin1(directory)).stream().map(directory::child).toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of(); // If another takes its name, an event tells.
    } catch (FileSystemException e) {
      coverage.failed(directory, e);
      return List.of();
    }
  }

  private boolean isRefused(RelPath directory) {
    return !table.contains(directory)
        && (rejected.contains(directory)
            || coverage.isUnwatched(directory)
            || table.size() >= budget);
  }

  private void leaveOut(RelPath directory) throws IOException {
    coverage.leaveUnwatched(
        directory, WatchedTree.attributes(tree.absolute(directory)).lastModifiedTime());
    reports.leftOut(directory);
  }

  private void watch(RelPath directory, Set<Integer> unbroken) throws IOException {
    String path = tree.latin1(directory);
    int watch =
        inotify.add(path, directory.isRoot() ? Inotify.IN_DELETE_SELF | Inotify.IN_MOVE_SELF : 0);
    if (watch >= 0) {
      record(watch, directory, unbroken);
      return;
    }
    switch (-watch) {
      case Inotify.ENOENT -> throw new NoSuchFileException(path);
      case Inotify.ENOTDIR, Inotify.ELOOP -> throw new NotDirectoryException(path);
      case Inotify.EACCES -> throw new AccessDeniedException(path);
      case Inotify.ENAMETOOLONG ->
          throw new FileSystemException(path, null, "the path is too long");
      default -> leaveOut(directory); // ENOSPC: no watch is left; ENOMEM
    }
  }

  private void record(int watch, RelPath directory, Set<Integer> unbroken) {
    WatchTable.Put put = table.put(watch, directory);
    coverage.watch(directory);
    if (put.previousPath() != null) {
      coverage.forget(put.previousPath());
      doubtful.add(put.previousPath());
    }
    if (put.previousWatch() != null) {
      inotify.remove(put.previousWatch());
    }
    if (put.isNew() && !unbroken.contains(watch)) {
      reports.isNew(directory);
    }
  }
}
