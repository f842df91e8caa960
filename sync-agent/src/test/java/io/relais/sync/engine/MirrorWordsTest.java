package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a mirror that can't go on is what is so. */
final class MirrorWordsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");
  private volatile @Nullable MirrorState shown;
  private @Nullable Mirror mirror;
  private @Nullable Thread owner;

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @BeforeEach
  void names() {
    source = directory.resolve("source");
  }

  private void start(TargetConnector link) throws IOException {
    Path state = Files.createDirectory(directory.resolve("state"));
    SqliteIndex.unpackNativeLibraryIn(state);
    MirrorSettings settings = PlainSettings.of(source, state);
    mirror =
        new Mirror(
            settings,
            Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000),
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            link,
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            new Board(),
            InstantSource.system());
    mirror.watched();
    owner = Thread.ofPlatform().daemon().start(mirror);
  }

  @AfterEach
  void end() throws InterruptedException {
    requireNonNull(mirror).stop();
    assertThat(requireNonNull(owner).join(LIMIT)).isTrue();
  }

  private String halted() {
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Halted);
    return requireNonNull(shown).describe();
  }

  @Test
  void aSourceThatIsAFileIsSaidToBeNoDirectoryAndOneInItsPlaceEndsIt() throws IOException {
    Files.writeString(source, "not a directory");
    start(disk.link(names));

    assertThat(halted())
        .contains("the source is not a directory: '" + source + "' is a file; name its directory")
        .contains("put a directory at " + source)
        .doesNotContain("missing", "most in", "to let it go on");

    Files.delete(source);
    Files.writeString(Files.createDirectory(source).resolve("f"), "1");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  @Test
  void aMissingSourceAtTheFirstStartWouldLoseNothing() throws IOException {
    start(disk.link(names));

    assertThat(halted()).contains("the source directory is missing").doesNotContain("most in");
  }

  @Test
  void entriesThatOnlyTheTargetEverHadAreNotSaidToHaveGoneAway() throws IOException {
    Files.writeString(Files.createDirectory(source).resolve("f"), "1");
    for (int i = 0; i < 200; i++) {
      disk.put(RelPath.ofLatin1("extra" + i), "1".getBytes(UTF_8), 0644, 1);
    }
    start(disk.link(names));

    assertThat(halted())
        .contains("200 of 200 entries would be deleted")
        .contains(
            "these entries are not at the source: bring back or add there those that are to stay");
  }

  @Test
  void aRefusalIsToldFromALostConnection() throws IOException {
    Files.createDirectory(source);
    start(
        _ -> {
          throw new TargetRefusedException("the login was refused");
        });
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Offline);

    assertThat(shown)
        .isInstanceOfSatisfying(MirrorState.Offline.class, o -> assertThat(o.refused()).isTrue());
  }

  @Test
  void aLostConnectionIsNoRefusal() throws IOException {
    Files.createDirectory(source);
    start(
        _ -> {
          throw new TargetUnavailableException("it can't be reached");
        });
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Offline);

    assertThat(shown)
        .isInstanceOfSatisfying(MirrorState.Offline.class, o -> assertThat(o.refused()).isFalse());
  }

  private final class Board implements StatusSink {
    @Override
    public void transferring(String name, TransferProgress transferProgress) {}

    @Override
    public void show(String name, MirrorState state, Report report) {
      shown = state;
    }
  }
}
