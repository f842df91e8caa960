package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.directorywatcher.DirectoryWatcherSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/** Both ways to watch, for tests of what they share. */
public enum SourceKind {
  INOTIFY {
    @Override
    public ChangeSource source(
        Path root, Predicate<RelPath> excluded, Duration poll, Duration check, int budget) {
      return new InotifySource(SourcePath.of(root), excluded, poll, check, budget);
    }
  },
  DIRECTORY_WATCHER {
    @Override
    public ChangeSource source(
        Path root, Predicate<RelPath> excluded, Duration poll, Duration check, int budget) {
      return new DirectoryWatcherSource(SourcePath.of(root), excluded, poll, check, budget);
    }
  };

  private static final Duration SHORT = Duration.ofMillis(50);

  public abstract ChangeSource source(
      Path root, Predicate<RelPath> excluded, Duration poll, Duration check, int budget);

  /** One that looks often, and has watches for {@code budget} directories. */
  ChangeSource watchful(Path root, int budget) {
    return source(root, path -> false, SHORT, SHORT, budget);
  }

  ChangeSource watchful(Path root) {
    return watchful(root, Integer.MAX_VALUE);
  }
}
