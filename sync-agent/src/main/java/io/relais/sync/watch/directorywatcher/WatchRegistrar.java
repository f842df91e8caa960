package io.relais.sync.watch.directorywatcher;

import io.methvin.watcher.visitor.FileTreeVisitor;
import io.relais.sync.path.RelPath;
import io.relais.sync.watch.WatchAssignment;
import io.relais.sync.watch.WatchCoverage;
import io.relais.sync.watch.WatchedTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/**
 * The walk by which directory-watcher registers directories, in place of its own, which gives up
 * where a directory vanishes or no watch is left. It calls back for directories only: a hint at a
 * directory covers the files in it.
 *
 * <p>For one thread at a time: the one that starts the watcher, then the watcher's own.
 */
final class WatchRegistrar implements FileTreeVisitor {
  private final WatchAssignment assignment;
  private final DirectoryWatcherInstance.WatchedSet watched;
  private final WatchCoverage watchCoverage;
  private boolean started;

  WatchRegistrar(
      WatchAssignment assignment,
      DirectoryWatcherInstance.WatchedSet watched,
      WatchCoverage watchCoverage) {
    this.assignment = assignment;
    this.watched = watched;
    this.watchCoverage = watchCoverage;
  }

  @Override
  public void recursiveVisitFiles(Path start, Callback onDirectory, Callback onFile)
      throws IOException {
    if (!started) {
      // The first walk only collects which paths are directories, for a flag that we don't read.
      started = true;
      return;
    }
    assignment
        .tree()
        .walk(
            start,
            new WatchedTree.Visitor() {
              @Override
              public boolean enter(Path directory, RelPath path, FileTime modified)
                  throws IOException {
                register(directory, path, modified, onDirectory);
                return true;
              }

              @Override
              public void failed(RelPath path, FileSystemException cause) {
                watchCoverage.failed(path, cause);
              }
            });
  }

  /**
   * Registers a directory, or, in the walk that follows a registration, has the watcher report it
   * as created.
   */
  private void register(Path directory, RelPath path, FileTime modified, Callback onDirectory)
      throws IOException {
    if (!watchCoverage.isWatched(path)
        && (isRefused(path) || watchCoverage.watchedCount() >= assignment.budget())) {
      leaveOut(path, modified);
      return;
    }
    try {
      onDirectory.call(directory);
      watched.add(path);
      watchCoverage.watch(path);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // The JDK throws a plain IOException for ENOSPC from inotify_add_watch(2), and only then.
      leaveOut(path, modified);
    }
  }

  private void leaveOut(RelPath path, FileTime modified) {
    watched.remove(path);
    watchCoverage.leaveUnwatched(path, modified);
    assignment.leftOut(path, watchCoverage);
  }

  private boolean isRefused(RelPath path) {
    return assignment.rejected().contains(path) || watchCoverage.isUnwatched(path);
  }
}
