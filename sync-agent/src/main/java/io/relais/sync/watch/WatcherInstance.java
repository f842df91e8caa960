package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** One life of a watcher: it is never repaired, only replaced by another. */
public interface WatcherInstance extends AutoCloseable {
  /**
   * A way to watch.
   *
   * @param name as the configuration has it
   */
  record WatchMethod(String name, Opener opener, RootWatch.Starter rootWatch) {}

  /** Opens instances of one sort. */
  interface Opener {
    /**
     * Watches a tree, and returns once every directory is watched, or known to {@link
     * WatchCoverage} as unwatched.
     *
     * @throws UnavailableException if nothing at all can be watched in this way here
     * @throws IOException if the root can't be watched
     */
    WatcherInstance open(WatchAssignment assignment) throws IOException;
  }

  /** This system, or what the process may do in it, doesn't allow this way to watch. */
  final class UnavailableException extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean limitReached;

    /**
     * @param limitReached whether only a limit of inotify stands in the way: then no other way
     *     helps that needs inotify too
     */
    public UnavailableException(String message, Throwable cause, boolean limitReached) {
      super(message, cause);
      this.limitReached = limitReached;
    }

    boolean isLimitReached() {
      return limitReached;
    }
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

  /** Whether it ended by itself. */
  boolean isDead();

  /** Whether it reports a new mode or time of the root, so that nobody has to look. */
  boolean tellsOfTheRootItself();

  /** Stops watching, and waits until its threads have ended. */
  @Override
  void close();
}
