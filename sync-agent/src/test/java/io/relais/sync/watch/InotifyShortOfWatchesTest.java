package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/** With fewer watches than directories everything is still found, only later. */
class InotifyShortOfWatchesTest extends AbstractChangeSourceTest {
  private static final Duration SHORT = Duration.ofMillis(50);

  @Override
  public ChangeSource source(Path root, Predicate<RelPath> excluded) {
    return SourceKind.INOTIFY.source(root, excluded, SHORT, SHORT, 2);
  }
}
