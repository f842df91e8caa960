package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.StatusSink;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mirror of a real source at a target in memory: what it leaves beside it, and when. */
final class MirrorHeartbeatTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final RelPath OTHERS = RelPath.ofLatin1(".relais-other.heartbeat.json");
  private static final RelPath FILE = RelPath.ofLatin1("file");

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();

  @SuppressWarnings("NullAway.Init")
  private Mirror mirror;

  @SuppressWarnings("NullAway.Init")
  private Thread owner;

  @BeforeEach
  void begin() throws IOException {
    Path source = Files.createDirectory(directory.resolve("source"));
    Path state = Files.createDirectory(directory.resolve("state"));
    Files.writeString(source.resolve("file"), "content");
    SqliteIndex.unpackNativeLibraryIn(state);
    MirrorSettings settings =
        new PlainSettings(source, state).heartbeat(Duration.ofMillis(50)).get();
    TemporaryNameGenerator names = new TemporaryNameGenerator("test");
    mirror =
        new Mirror(
            settings,
            Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000),
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            disk.link(names),
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            StatusSink.NONE,
            InstantSource.system());
    owner = Thread.ofPlatform().daemon().unstarted(mirror);
  }

  @AfterEach
  void end() throws InterruptedException {
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  private Heartbeat last() {
    try {
      byte[] bytes = disk.heartbeats().getLast();
      return HeartbeatFile.read(Files.write(directory.resolve("heartbeat"), bytes));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isInSync(Heartbeat heartbeat) {
    return heartbeat.inSyncAt().equals(Optional.of(heartbeat.at()));
  }

  private void awaitHeartbeats(int more) {
    int sofar = disk.heartbeats().size();
    await().atMost(LIMIT).until(() -> disk.heartbeats().size() >= sofar + more);
  }

  @Test
  void staysFreshWhileNothingChanges() {
    mirror.watched();
    owner.start();
    await().atMost(LIMIT).until(() -> !disk.heartbeats().isEmpty() && isInSync(last()));
    Heartbeat first = last();
    awaitHeartbeats(2);

    Heartbeat later = last();
    assertThat(later.inSyncAt()).contains(later.at());
    assertThat(later.inSyncAt().orElseThrow()).isAfter(first.at());
    assertThat(later.pending()).isZero();
  }

  @Test
  void doesNotClaimToBeInSyncWhileChangesWouldNotBeNoticed() {
    owner.start();
    awaitHeartbeats(1);
    Heartbeat first = last();
    awaitHeartbeats(2);

    assertThat(last().inSyncAt()).isEqualTo(first.inSyncAt());
    assertThat(last().at()).isAfter(first.at());
  }

  @Test
  void mirrorsOnWhereItIsRefused() {
    disk.refusesHeartbeats(true);
    mirror.watched();
    owner.start();

    await().atMost(LIMIT).until(() -> disk.snapshot().containsKey(FILE));
    disk.refusesHeartbeats(false);
    awaitHeartbeats(1);
    assertThat(last().pending()).isZero();
  }

  @Test
  void comesBackWithTheConnection() {
    mirror.watched();
    owner.start();
    awaitHeartbeats(1);
    disk.loseConnections();
    awaitHeartbeats(2);

    await().atMost(LIMIT).until(() -> isInSync(last()));
  }

  @Test
  void neitherDeletesNorMirrorsTheHeartbeatsOfOthers() throws IOException {
    disk.put(OTHERS, "theirs".getBytes(UTF_8), 0644, 1);
    disk.put(RelPath.ofLatin1("old"), "old".getBytes(UTF_8), 0644, 1);
    Files.writeString(directory.resolve("source/.relais-mine.heartbeat.json"), "mine");
    mirror.watched();
    owner.start();
    awaitHeartbeats(1);

    assertThat(disk.snapshot().keySet()).containsExactlyInAnyOrder(FILE, OTHERS);
    assertThat(disk.contentOf(OTHERS)).asString(UTF_8).isEqualTo("theirs");
  }
}
