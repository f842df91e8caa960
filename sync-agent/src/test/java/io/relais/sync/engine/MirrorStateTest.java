package io.relais.sync.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.index.SqliteIndex;
import io.relais.sync.plan.DeleteGuard;
import io.relais.sync.plan.RelPath;
import io.relais.sync.scan.ExcludeRules;
import io.relais.sync.scan.LinkPolicy;
import io.relais.sync.scan.LinuxSourceTree;
import io.relais.sync.target.InMemoryDisk;
import io.relais.sync.target.InMemoryDisk.Operation;
import io.relais.sync.target.TargetException.Reason;
import io.relais.sync.target.TemporaryNamer;
import io.relais.sync.transfer.Progress;
import io.relais.sync.watch.ChangeSource.Sign;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mirror says where it isn't in sync, and used to say that it was. */
final class MirrorStateTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNamer names = new TemporaryNamer("test");
  private volatile @Nullable MirrorState shown;
  private volatile List<String> problems = List.of();
  private volatile Set<String> degradations = Set.of();

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Mirror mirror;

  @SuppressWarnings("NullAway.Init")
  private Thread owner;

  @BeforeEach
  void make() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    Files.createDirectories(source.resolve("d/sub"));
    Files.writeString(source.resolve("d/sub/file"), "one");
    Files.writeString(source.resolve("d/file"), "two");
    Files.writeString(source.resolve("cert"), "three");
  }

  private void start(boolean consistent, Debouncer debouncer) throws IOException {
    Path state = Files.createDirectory(directory.resolve("state"));
    SqliteIndex.unpackNativeLibraryIn(state);
    MirrorSettings settings =
        new MirrorSettings(
            "site",
            source,
            LinkPolicy.PRESERVE,
            true,
            ExcludeRules.NONE,
            new DeleteGuard(0.5, 100), // the default
            consistent,
            Duration.ofHours(1),
            state,
            "resume",
            Optional.empty(),
            Long.MAX_VALUE,
            false);
    mirror =
        new Mirror(
            settings,
            debouncer,
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            disk.link(names),
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            new Board(),
            InstantSource.system());
    mirror.watched();
    owner = Thread.ofPlatform().daemon().start(mirror);
  }

  @AfterEach
  void end() throws InterruptedException {
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  private static Debouncer each() {
    return Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000);
  }

  @Test
  void aTargetWithoutItsParentIsFailingAndCountsWhatIsNotThere() throws IOException {
    disk.removeRoot();
    disk.failNext(Operation.MAKE_DIRECTORY, RelPath.ROOT, Reason.NOT_FOUND);
    start(false, each());

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
    assertThat(shown)
        .isInstanceOfSatisfying(
            MirrorState.Failing.class, failing -> assertThat(failing.missing()).isEqualTo(5));
    assertThat(problems.toString())
        .contains("mkdir -p", "chown", "is not there")
        .doesNotContain("[.: ");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  @Test
  void aDirectoryThatTheAccountMayNotMakeIsFailingWithAllThatItHolds() throws IOException {
    disk.failNext(Operation.MAKE_DIRECTORY, RelPath.ofLatin1("d"), Reason.PERMISSION_DENIED);
    start(false, each());

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
    assertThat(shown)
        .isInstanceOfSatisfying(
            MirrorState.Failing.class, failing -> assertThat(failing.missing()).isEqualTo(4));
    assertThat(problems.toString()).contains("d: permission denied at the target", "chown");
  }

  @Test
  void aConsistentMirrorThatIsKeptAwakeSaysByWhatAndSinceWhen() throws IOException {
    start(true, Debouncer.wholeMirror(Duration.ofHours(1), 1000));
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    Files.writeString(source.resolve("cert"), "changed");
    mirror.listener().changed(RelPath.ofLatin1("cert"), Sign.CLOSED);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Waiting);
    Instant since = requireNonNull(shown).since();
    for (int i = 0; i < 5; i++) {
      mirror.listener().changed(RelPath.ofLatin1("access.log"), Sign.WRITTEN);
    }

    await()
        .atMost(LIMIT)
        .until(
            () ->
                shown instanceof MirrorState.Waiting waiting
                    && "access.log".equals(waiting.awake()));
    assertThat(requireNonNull(shown).since()).isEqualTo(since);
  }

  @Test
  void aChangeThatIsOnlyHintedAtIsNoLongerInSync() throws IOException {
    start(false, Debouncer.perPath(Duration.ofMinutes(1), Duration.ofMinutes(1), 1000));
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    mirror.listener().changed(RelPath.ofLatin1("cert"), Sign.WRITTEN);

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Pending);
  }

  @Test
  void aSourceThatIsNotWatchedAsAWholeIsNotInSyncUntilItIs() throws IOException {
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    mirror.listener().degraded("no watch is left");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.PartlyWatched);

    mirror.listener().degradedNow(Set.of());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  @Test
  void whileEventsAreKnownToBeLostItIsNotInSync() throws IOException {
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    mirror.listener().doubtful("events were lost");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.PartlyWatched);
    assertThat(degradations)
        .containsExactly("events were lost; it is watched anew, and then everything is compared");

    mirror.listener().rescan(RelPath.ROOT, "events were lost");
    mirror.listener().doubtful(null);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    assertThat(degradations).isEmpty();
  }

  private final class Board implements StatusBoard {
    @Override
    public void transferring(String name, Progress progress) {}

    @Override
    public void show(String name, MirrorState state, Report report) {
      problems = report.problems();
      degradations = report.degradations();
      shown = state;
    }
  }
}
