package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.config.SyncConfig.Reserve;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.SpaceReservations;
import io.relais.sync.remote.SpaceReservingTarget;
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
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mirror whose target is too small for one of its files. */
final class MirrorOnFullDiskTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk(32 * MIB);
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");
  private final SpaceReservations reservations = new SpaceReservations();
  private volatile List<String> problems = List.of();
  private Path source;
  private Mirror mirror;
  private Thread owner;

  @BeforeEach
  void begin() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    Path state = Files.createDirectory(directory.resolve("state"));
    SqliteIndex.unpackNativeLibraryIn(state);
    mirror =
        new Mirror(
            PlainSettings.of(source, state),
            Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000),
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            onLost ->
                new SpaceReservingTarget(
                    disk.link(names).open(onLost), reservations, Reserve.DEFAULT::of),
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            new Board(),
            InstantSource.system());
    Files.write(source.resolve("old"), new byte[20 * MIB]);
    owner = Thread.ofPlatform().daemon().start(mirror);
    awaitCopy("old");
  }

  @AfterEach
  void end() throws InterruptedException {
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  private void awaitCopy(String name) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(disk.snapshot()).containsKey(RelPath.ofLatin1(name)));
  }

  private void hint(String name) {
    mirror.listener().changed(RelPath.ofLatin1(name));
  }

  @Test
  void aFileThatDoesNotFitWaitsUntilItDoesAndNothingWaitsForIt() throws IOException {
    Files.write(source.resolve("large"), new byte[16 * MIB]);
    Files.writeString(source.resolve("small"), "x");
    hint("large");
    hint("small");
    awaitCopy("small");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(problems)
                    .singleElement()
                    .asString()
                    .startsWith("large: not begun for want of room: it takes 16.8 MB; ")
                    .contains("12.6 MB are free", "1.7 MB stay free ('reserve')"));

    Files.delete(source.resolve("old"));
    hint("old");
    awaitCopy("large");
    await().atMost(LIMIT).untilAsserted(() -> assertThat(problems).isEmpty());
  }

  private final class Board implements StatusSink {
    @Override
    public void transferring(String name, TransferProgress transferProgress) {}

    @Override
    public void show(String name, MirrorState state, Report report) {
      problems = report.problems();
    }
  }
}
