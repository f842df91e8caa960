package io.relais.sync.watch;

import io.relais.sync.plan.RelPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/** With fewer watches than directories everything is still found, only later. */
class ShortOfWatchesTest extends AbstractChangeSourceTest {
  @Override
  ChangeSource source(Path root, Predicate<RelPath> excluded) {
    return new DirectoryWatcherSource(
        root, excluded, Duration.ofMillis(50), Duration.ofMillis(50), 2);
  }
}
