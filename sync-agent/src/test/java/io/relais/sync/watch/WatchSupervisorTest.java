package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.directorywatcher.WatchedSet;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said between the moment that events are lost and the watcher's rebuild. */
final class WatchSupervisorTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path root;
  private final RecordingListener listener = new RecordingListener();
  private final List<Consumer<String>> troubles = new CopyOnWriteArrayList<>();

  /** One for each generation that may be opened. */
  private final Semaphore mayOpen = new Semaphore(1);

  private WatchSupervisor start() throws Exception {
    WatchSupervisor keeper =
        new WatchSupervisor(
            this::open,
            (path, onChange) -> null,
            SourcePath.of(root),
            path -> false,
            HOUR,
            HOUR,
            Integer.MAX_VALUE);
    keeper.start(listener);
    return keeper;
  }

  private WatcherInstance open(
      WatchedTree tree,
      Set<RelPath> rejected,
      int budget,
      GuardedListener to,
      Consumer<String> onTrouble)
      throws IOException {
    troubles.add(onTrouble);
    try {
      mayOpen.acquire();
    } catch (InterruptedException e) {
      // Closed while it waits: or a test that failed would hang as well.
      throw new InterruptedIOException();
    }
    return new Watching(new WatchCoverage(tree, to, new WatchedSet()));
  }

  @Test
  void lostEventsAreSaidAtOnceHoweverLongTheRebuildTakes() throws Exception {
    try (WatchSupervisor _ = start()) {
      assertThat(listener.turns()).isEmpty();

      troubles.getFirst().accept("events were lost");
      assertThat(listener.turns()).containsExactly("doubtful: events were lost");
      await().until(() -> troubles.size() == 2);
      assertThat(listener.turns()).containsExactly("doubtful: events were lost");

      mayOpen.release();
      listener.awaitTurns("doubtful: events were lost", "rescan: events were lost", "trusted");
    }
  }

  /**
   * The second may come before the rebuild for the first has begun, or after: one rebuild or two.
   */
  @Test
  void troubleSaidTwiceIsDoubtedOnce() throws Exception {
    try (WatchSupervisor _ = start()) {
      troubles.getFirst().accept("events were lost");
      troubles.getFirst().accept("events were lost");

      mayOpen.release(2);
      await().until(() -> listener.turns().getLast().equals("trusted"));
      assertThat(listener.turns()).containsOnlyOnce("doubtful: events were lost");
    }
  }

  @Test
  void troubleDuringARebuildIsNotOverWithThatRebuild() throws Exception {
    try (WatchSupervisor _ = start()) {
      troubles.getFirst().accept("events were lost");
      await().until(() -> troubles.size() == 2);
      troubles.getLast().accept("more events were lost");

      mayOpen.release();
      listener.awaitRescan("events were lost");
      await().until(() -> troubles.size() == 3);
      assertThat(listener.turns())
          .containsExactly("doubtful: events were lost", "rescan: events were lost");

      mayOpen.release();
      listener.awaitTurns(
          "doubtful: events were lost",
          "rescan: events were lost",
          "rescan: more events were lost",
          "trusted");
    }
  }

  /** Watches nothing, and knows of no trouble but what the test tells. */
  private record Watching(WatchCoverage coverage) implements WatcherInstance {
    @Override
    public void audit(Set<RelPath> directories, Consumer<List<RelPath>> result) {}

    @Override
    public boolean isBlind() {
      return false;
    }

    @Override
    public boolean isDead() {
      return false;
    }

    @Override
    public boolean tellsOfTheRootItself() {
      return true;
    }

    @Override
    public void close() {}
  }
}
