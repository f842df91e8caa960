package io.relais.sync.watch.directorywatcher;

import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.InotifySource;
import io.relais.sync.watch.WatchSupervisor;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Watches a directory with io.methvin's directory-watcher: on systems that {@link InotifySource}
 * doesn't know. It can't tell when a file is closed, so that its hints wait for quiet.
 *
 * <p>Run the JVM with {@code -Djdk.nio.file.WatchService.maxEventsPerPoll=1000000}: with the JDK's
 * default of 512 a burst in one directory loses events, and each loss costs a full scan.
 */
public final class DirectoryWatcherSource implements ChangeSource {
  private final WatchSupervisor keeper;

  /**
   * Makes a source that watches nothing yet.
   *
   * @param root the directory
   * @param excluded tells which directories to leave out with all that they hold; called from
   *     threads of this source
   * @param pollInterval how often directories are hinted at for which no watch is left
   */
  public DirectoryWatcherSource(
      SourcePath root, Predicate<RelPath> excluded, Duration pollInterval) {
    this(root, excluded, pollInterval, WatchSupervisor.CHECK_INTERVAL, Integer.MAX_VALUE);
  }

  /** See {@link WatchSupervisor}. */
  public DirectoryWatcherSource(
      SourcePath root,
      Predicate<RelPath> excluded,
      Duration pollInterval,
      Duration checkInterval,
      int budget) {
    keeper =
        new WatchSupervisor(
            DirectoryWatcherInstance::open,
            (path, onChange) -> null,
            root,
            excluded,
            pollInterval,
            checkInterval,
            budget);
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
