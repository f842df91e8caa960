package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.RelPath;
import io.relais.sync.scan.SourcePath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;

class DirectoryWatcherSourceTest extends AbstractChangeSourceTest {
  @Override
  ChangeSource source(Path root, Predicate<RelPath> excluded) {
    return new DirectoryWatcherSource(
        SourcePath.of(root),
        excluded,
        Duration.ofHours(1),
        Duration.ofMillis(50),
        Integer.MAX_VALUE);
  }

  /** A rescan would cover every change, and hide that a hint is missing. */
  @AfterEach
  void neededNoRescan() {
    assertThat(listener.everyRescan()).isEmpty();
  }
}
