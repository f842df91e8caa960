package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.WatcherInstance.WatchMethod;
import io.relais.sync.watch.directorywatcher.DirectoryWatcherInstance;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Both ways to watch, for tests of what they share. */
public enum SourceKind {
  INOTIFY,
  DIRECTORY_WATCHER;

  private static final Duration SHORT = Duration.ofMillis(50);

  private WatchMethod method() {
    return switch (this) {
      case INOTIFY -> InotifyInstance.METHOD;
      case DIRECTORY_WATCHER -> DirectoryWatcherInstance.METHOD;
    };
  }

  public ChangeSource source(
      Path root, Predicate<RelPath> excluded, Duration poll, Duration check, int budget) {
    return new WatchSupervisor(
        List.of(method()), SourcePath.of(root), excluded, poll, check, budget);
  }

  /** One that looks often, and has watches for {@code budget} directories. */
  ChangeSource watchful(Path root, int budget) {
    return source(root, path -> false, SHORT, SHORT, budget);
  }

  ChangeSource watchful(Path root) {
    return watchful(root, Integer.MAX_VALUE);
  }
}
