package io.relais.sync.watch.directorywatcher;

import io.methvin.watcher.visitor.FileTreeVisitor;
import io.relais.sync.path.RelPath;
import io.relais.sync.watch.WatchCoverage;
import io.relais.sync.watch.WatchedTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The walk by which directory-watcher registers directories, in place of its own, which gives up
 * where a directory vanishes or no watch is left. It calls back for directories only: a hint at a
 * directory covers the files in it.
 *
 * <p>For one thread at a time: the one that starts the watcher, then the watcher's own.
 */
final class WatchRegistrar implements FileTreeVisitor {
  private final WatchedTree tree;
  private final WatchedSet watched;
  private final WatchCoverage watchCoverage;
  private final Set<RelPath> rejected;
  private final int budget;
  private final Consumer<RelPath> leftOut;
  private boolean started;

  /**
   * @param rejected directories to spend no watch on
   * @param budget how many directories to watch at most
   * @param leftOut told of each directory that gets no watch: the watcher will not report it
   */
  WatchRegistrar(
      WatchedTree tree,
      WatchedSet watched,
      WatchCoverage watchCoverage,
      Set<RelPath> rejected,
      int budget,
      Consumer<RelPath> leftOut) {
    this.tree = tree;
    this.watched = watched;
    this.watchCoverage = watchCoverage;
    this.rejected = rejected;
    this.budget = budget;
    this.leftOut = leftOut;
  }

  @Override
  public void recursiveVisitFiles(Path start, Callback onDirectory, Callback onFile)
      throws IOException {
    if (!started) {
      // The first walk only collects which paths are directories, for a flag that we don't read.
      started = true;
      return;
    }
    tree.walk(
        start,
        new WatchedTree.Visitor() {
          @Override
          public boolean enter(Path directory, RelPath path, FileTime modified) throws IOException {
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
        && (isRefused(path) || watchCoverage.watchedCount() >= budget)) {
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
    leftOut.accept(path);
  }

  private boolean isRefused(RelPath path) {
    return rejected.contains(path) || watchCoverage.isUnwatched(path);
  }
}
