package io.relais.sync.watch;

import io.relais.sync.plan.RelPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

class DirectoryWatcherSourceTest extends AbstractChangeSourceTest {
  @Override
  ChangeSource source(Path root, Predicate<RelPath> excluded) {
    return new DirectoryWatcherSource(
        root, excluded, Duration.ofHours(1), Duration.ofMillis(50), Integer.MAX_VALUE);
  }
}
