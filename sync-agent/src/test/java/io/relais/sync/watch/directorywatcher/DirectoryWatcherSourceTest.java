package io.relais.sync.watch.directorywatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import io.relais.sync.watch.AbstractChangeSourceTest;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.SourceKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;

class DirectoryWatcherSourceTest extends AbstractChangeSourceTest {
  @Override
  public ChangeSource source(Path root, Predicate<RelPath> excluded) {
    return SourceKind.DIRECTORY_WATCHER.source(
        root, excluded, Duration.ofHours(1), Duration.ofMillis(50), Integer.MAX_VALUE);
  }

  /**
   * A rescan would cover every change, and hide that a hint is missing.
   *
   * <p>One can't be helped: {@code WatchKey.reset} looks twice at whether a key is valid, and a
   * directory that is deleted in between leaves a key that comes again after directory-watcher has
   * dropped it.
   */
  @AfterEach
  void neededNoRescan() {
    assertThat(listener.everyRescan())
        .filteredOn(reason -> !reason.endsWith("but it was not found in keyRoots!"))
        .isEmpty();
  }
}
