package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.WatcherInstance.UnavailableException;
import io.relais.sync.watch.WatcherInstance.WatchMethod;
import io.relais.sync.watch.directorywatcher.DirectoryWatcherInstance;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said while a watcher is rebuilt, and which way to watch is taken. */
final class WatchSupervisorTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir Path root;
  private final RecordingListener listener = new RecordingListener();
  private final List<Consumer<String>> troubles = new CopyOnWriteArrayList<>();

  /** One for each generation that may be opened. */
  private final Semaphore mayOpen = new Semaphore(1);

  private WatchSupervisor start() throws Exception {
    WatchSupervisor keeper =
        new WatchSupervisor(
            List.of(new WatchMethod("fake", this::open, (path, onChange) -> null)),
            SourcePath.of(root),
            path -> false,
            HOUR,
            HOUR,
            Integer.MAX_VALUE);
    keeper.start(listener);
    return keeper;
  }

  private WatcherInstance open(WatchAssignment assignment) throws IOException {
    troubles.add(assignment::trouble);
    try {
      mayOpen.acquire();
    } catch (InterruptedException e) {
      // Closed while it waits: or a test that failed would hang as well.
      throw new InterruptedIOException();
    }
    WatchTable table = new WatchTable();
    table.plant(table.add(1));
    return new Watching(new WatchCoverage(assignment.tree(), assignment.listener(), table));
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

  private static WatchMethod refused(String name, boolean limitReached) {
    return new WatchMethod(
        name,
        assignment -> {
          throw new UnavailableException("refused", new IOException(), limitReached);
        },
        (path, onChange) -> null);
  }

  private ChangeSource start(WatchMethod... methods) throws IOException {
    WatchSupervisor source =
        new WatchSupervisor(
            List.of(methods), SourcePath.of(root), path -> false, SHORT, SHORT, Integer.MAX_VALUE);
    source.start(listener);
    return source;
  }

  @Test
  void whereOurOwnInotifyIsRefusedDirectoryWatcherIsTakenByItself() throws Exception {
    try (ChangeSource _ = start(refused("inotify", false), DirectoryWatcherInstance.METHOD)) {
      assertThat(listener.fallbacks())
          .singleElement()
          .asString()
          .contains(
              root.toString(),
              "is watched with directory-watcher",
              "since this is not possible with inotify (refused)");
      Files.createDirectory(root.resolve("new"));
      listener.awaitChanged("new");
      Files.createFile(root.resolve("new/file"));
      listener.awaitCovered("new/file");
      assertThat(listener.problems()).isEmpty();
    }
  }

  @Test
  void whereNothingCanWatchAllIsLookedAtFromTimeToTime() throws Exception {
    Files.createDirectory(root.resolve("old"));
    try (ChangeSource _ = start(refused("inotify", false), refused("directory-watcher", true))) {
      listener.awaitProblem(
          "can't be watched with inotify (refused), nor with directory-watcher (refused); all"
              + " directories are looked at");
      listener.awaitChanged("old");
      assertThat(listener.fallbacks()).isEmpty();
    }
  }

  @Test
  void whereALimitIsReachedInotifyIsWaitedForAndNothingElseTaken() throws Exception {
    try (ChangeSource _ = start(refused("inotify", true), DirectoryWatcherInstance.METHOD)) {
      listener.awaitProblem("sysctl -w fs.inotify.max_user_instances=");
      assertThat(listener.fallbacks()).isEmpty();
    }
  }

  /** Watches nothing, and knows of no trouble but what the test tells. */
  private record Watching(WatchCoverage coverage) implements WatcherInstance {
    @Override
    public void audit(Set<RelPath> directories, Consumer<List<RelPath>> result) {}

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
