package io.relais.sync.watch;

import io.methvin.watcher.visitor.FileTreeVisitor;
import io.relais.sync.plan.RelPath;
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
final class Registrar implements FileTreeVisitor {
  private final WatchedTree tree;
  private final WatchedSet watched;
  private final Coverage coverage;
  private final Set<RelPath> rejected;
  private final int budget;
  private final Consumer<RelPath> leftOut;
  private boolean started;

  /**
   * @param rejected directories to spend no watch on
   * @param budget how many directories to watch at most
   * @param leftOut told of each directory that gets no watch: the watcher will not report it
   */
  Registrar(
      WatchedTree tree,
      WatchedSet watched,
      Coverage coverage,
      Set<RelPath> rejected,
      int budget,
      Consumer<RelPath> leftOut) {
    this.tree = tree;
    this.watched = watched;
    this.coverage = coverage;
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
            coverage.failed(path, cause);
          }
        });
  }

  /**
   * Registers a directory, or, in the walk that follows a registration, has the watcher report it
   * as created.
   */
  private void register(Path directory, RelPath path, FileTime modified, Callback onDirectory)
      throws IOException {
    if (!coverage.isWatched(path) && (isRefused(path) || coverage.watchedCount() >= budget)) {
      leaveOut(path, modified);
      return;
    }
    try {
      onDirectory.call(directory);
      watched.add(path);
      coverage.watch(path);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // The JDK throws a plain IOException for ENOSPC from inotify_add_watch(2), and only then.
      leaveOut(path, modified);
    }
  }

  private void leaveOut(RelPath path, FileTime modified) {
    watched.remove(path);
    coverage.leaveUnwatched(path, modified);
    leftOut.accept(path);
  }

  private boolean isRefused(RelPath path) {
    return rejected.contains(path) || coverage.isUnwatched(path);
  }
}
