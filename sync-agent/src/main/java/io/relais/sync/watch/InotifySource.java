package io.relais.sync.watch;

import io.relais.sync.linux.Inotify;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.directorywatcher.DirectoryWatcherSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Watches a directory with inotify(7) itself, through Java's FFM API: it starts several times
 * faster than {@link DirectoryWatcherSource}, loses nothing in a burst, and tells when a file is
 * closed and what was moved where, so that most hints need not wait for quiet.
 */
public final class InotifySource implements ChangeSource {
  private final WatchSupervisor keeper;

  /**
   * Makes a source that watches nothing yet.
   *
   * @param root the directory
   * @param excluded tells which directories to leave out with all that they hold; called from
   *     threads of this source
   * @param pollInterval how often directories are hinted at for which no watch is left
   */
  public InotifySource(SourcePath root, Predicate<RelPath> excluded, Duration pollInterval) {
    this(root, excluded, pollInterval, WatchSupervisor.CHECK_INTERVAL, Integer.MAX_VALUE);
  }

  /** See {@link WatchSupervisor}. */
  public InotifySource(
      SourcePath root,
      Predicate<RelPath> excluded,
      Duration pollInterval,
      Duration checkInterval,
      int budget) {
    keeper =
        new WatchSupervisor(
            InotifyInstance::open,
            RootWatch::start,
            root,
            excluded,
            pollInterval,
            checkInterval,
            budget);
  }

  /** Whether this system has what it needs. */
  public static boolean isSupported() {
    return Inotify.isSupported();
  }

  @Override
  public void start(Listener listener) throws IOException {
    keeper.start(listener);
  }

  @Override
  public void audit(Set<RelPath> directories) {
    keeper.audit(directories);
  }

  @Override
  public void close() {
    keeper.close();
  }
}
