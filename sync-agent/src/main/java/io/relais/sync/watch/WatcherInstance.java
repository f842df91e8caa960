package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** One life of a watcher: it is never mended, only replaced by another. */
public interface WatcherInstance extends AutoCloseable {
  /** Opens generations of one sort. */
  interface Opener {
    /**
     * Watches a tree, and returns once every directory is watched, or known to {@link
     * WatchCoverage} as unwatched.
     *
     * @param rejected directories to spend no watch on
     * @param budget how many directories to watch at most
     * @param onTrouble told why this must be replaced; called on the watcher's thread
     * @throws IOException if the root can't be watched at all
     */
    WatcherInstance open(
        WatchedTree tree,
        Set<RelPath> rejected,
        int budget,
        GuardedListener guardedListener,
        Consumer<String> onTrouble)
        throws IOException;
  }

  WatchCoverage coverage();

  /**
   * Compares what is watched with the directories that a scan of everything has met, later and on
   * the watcher's thread.
   *
   * @param result told which directories were not watched, in order; not called where it can't be
   *     known
   */
  void audit(Set<RelPath> directories, Consumer<List<RelPath>> result);

  /** Whether there is no inotify instance for it. */
  boolean isBlind();

  /** Whether it ended by itself. */
  boolean isDead();

  /** Whether it reports a new mode or time of the root, so that nobody has to look. */
  boolean tellsOfTheRootItself();

  /** Stops watching, and waits until its threads have ended. */
  @Override
  void close();
}
