package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.common.promotion.Promotion;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.ChangeSource.Sign;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mirror at a target in memory that goes live, or that is ahead of the mirror's state. */
final class MirrorPromotionTest implements StatusSink {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final RelPath FILE = RelPath.ofLatin1("file");
  private static final Fence FENCE =
      Fence.of(
          new Promotion(
              "20261123T040000Z-1f3a",
              3,
              Instant.parse("2026-11-23T04:00:00Z"),
              "198.51.100.7",
              "production does not answer"));

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private volatile @Nullable MirrorState shown;

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Path state;

  private @Nullable Mirror mirror;
  private @Nullable Thread owner;

  @BeforeEach
  void prepare() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    state = Files.createDirectory(directory.resolve("state"));
    Files.writeString(source.resolve("file"), "first");
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (mirror != null && owner != null) {
      mirror.stop();
      assertThat(owner.join(LIMIT)).isTrue();
      mirror = null;
    }
  }

  private void start() throws IOException {
    shown = null;
    SqliteIndex.unpackNativeLibraryIn(state);
    TemporaryNameGenerator names = new TemporaryNameGenerator("test");
    Mirror started =
        new Mirror(
            new PlainSettings(source, state).heartbeat(Duration.ofMillis(50)).get(),
            Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000),
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            disk.link(names),
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            this,
            InstantSource.system());
    started.watched();
    mirror = started;
    owner = Thread.ofPlatform().daemon().start(started);
  }

  @Override
  public void transferring(String name, TransferProgress transferProgress) {}

  @Override
  public void show(String name, MirrorState now, Report report) {
    shown = now;
  }

  private void awaitState(MirrorState.Condition condition) {
    await(condition.id())
        .atMost(LIMIT)
        .until(
            () -> Optional.ofNullable(shown).map(MirrorState::kind).equals(Optional.of(condition)));
  }

  private void save(String content) throws IOException {
    Files.writeString(source.resolve("file"), content);
    requireNonNull(mirror).listener().changed(FILE, Sign.CLOSED);
  }

  private Heartbeat last() {
    try {
      return HeartbeatFile.parse("heartbeat", disk.heartbeats().getLast());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitHeartbeats(int more) {
    int sofar = disk.heartbeats().size();
    await().atMost(LIMIT).until(() -> disk.heartbeats().size() >= sofar + more);
  }

  private String atTheCopy() {
    return new String(disk.contentOf(FILE), UTF_8);
  }

  @Test
  void changesNothingAtACopyThatWasLiveBeforeItCame() throws Exception {
    disk.put(FILE, "live".getBytes(UTF_8), 0600, 1);
    disk.put(RelPath.ofLatin1("upload"), "of a visitor".getBytes(UTF_8), 0600, 1);
    Map<RelPath, TargetEntry> before = disk.snapshot();
    disk.promote(FENCE);
    start();
    awaitState(MirrorState.Condition.PROMOTED);
    save("second");
    awaitHeartbeats(3);

    assertThat(disk.snapshot()).isEqualTo(before);
    assertThat(requireNonNull(shown).describe())
        .isEqualTo("PROMOTED: " + FENCE.describe())
        .contains("'failover-watcher return'");
    Heartbeat.Standing standing = last().standing().orElseThrow();
    assertThat(standing.state()).isEqualTo("promoted");
    assertThat(standing.promotion()).contains(FENCE.id());
    assertThat(standing.generation()).isEqualTo(3);
    assertThat(last().appliedUntil()).isEmpty();
    assertThat(last().inSyncAt()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stopsWhereItIsPromotedMeanwhileAndGoesOnOnceThatIsOver(boolean gates) throws Exception {
    disk.hasGates(gates);
    start();
    awaitState(MirrorState.Condition.IN_SYNC);
    disk.promote(FENCE);
    Map<RelPath, TargetEntry> before = disk.snapshot();
    Instant at = Instant.now();
    save("second");
    awaitState(MirrorState.Condition.PROMOTED);
    awaitHeartbeats(2);
    assertThat(disk.snapshot()).isEqualTo(before);
    assertThat(last().appliedUntil().orElseThrow()).isBefore(at.plusSeconds(1));
    Optional<Instant> applied = last().appliedUntil();
    stop();

    start();
    awaitState(MirrorState.Condition.PROMOTED);
    save("third");
    awaitHeartbeats(2);
    assertThat(disk.snapshot()).isEqualTo(before);
    assertThat(last().appliedUntil()).as("while nothing is applied").isEqualTo(applied);

    disk.liftPromotion();
    awaitState(MirrorState.Condition.IN_SYNC);
    await().atMost(LIMIT).until(() -> last().standing().orElseThrow().state().equals("in-sync"));
    assertThat(atTheCopy()).isEqualTo("third");
    assertThat(last().standing().orElseThrow().generation()).isEqualTo(3);
    assertThat(last().standing().orElseThrow().promotion()).isEmpty();
  }

  @Test
  void anIdleMirrorLearnsOfItWithItsNextHeartbeat() throws Exception {
    start();
    awaitState(MirrorState.Condition.IN_SYNC);
    disk.promote(FENCE);

    awaitState(MirrorState.Condition.PROMOTED);
  }

  /** Puts the state back to what it was some heartbeats ago, and production too. */
  private void rollBack() throws Exception {
    start();
    awaitState(MirrorState.Condition.IN_SYNC);
    awaitHeartbeats(1);
    stop();
    Path older = directory.resolve("older");
    copy(state, older);
    start();
    awaitState(MirrorState.Condition.IN_SYNC);
    save("newest");
    await().atMost(LIMIT).until(() -> atTheCopy().equals("newest"));
    awaitHeartbeats(2);
    stop();
    delete(state);
    copy(older, state);
    Files.writeString(source.resolve("file"), "first");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each).toString()));
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private MirrorState.Halt halt() {
    return ((MirrorState.Halted) requireNonNull(shown)).halt();
  }

  @Test
  void haltsWhereTheCopyIsAheadOfItUntilAnOperatorAgrees() throws Exception {
    rollBack();
    start();
    awaitState(MirrorState.Condition.HALTED);
    String id = halt().id();
    assertThat(halt().reason()).isEqualTo(GuardViolation.Reason.COPY_IS_AHEAD);
    assertThat(halt().message()).contains("the copy is ahead of this agent: its heartbeat");
    assertThat(halt().command()).contains("resume " + id);
    awaitHeartbeats(2);
    assertThat(last().standing().orElseThrow().halted().orElseThrow()).contains("is ahead");
    disk.loseConnections();
    awaitHeartbeats(2);
    stop();
    start();
    awaitState(MirrorState.Condition.HALTED);
    assertThat(halt().id()).as("the same after a restart").isEqualTo(id);
    awaitHeartbeats(2);
    assertThat(atTheCopy()).isEqualTo("newest");

    new ResumeToken(state).give(id);
    awaitState(MirrorState.Condition.IN_SYNC);
    assertThat(atTheCopy()).isEqualTo("first");
    stop();
    start();
    awaitState(MirrorState.Condition.IN_SYNC);
  }

  @Test
  void goesOnWhereTheCopyFallsBackToo() throws Exception {
    rollBack();
    byte[] old = disk.heartbeats().getFirst();
    start();
    awaitState(MirrorState.Condition.HALTED);
    stop();
    disk.heartbeats().add(old);
    start();

    awaitState(MirrorState.Condition.IN_SYNC);
    assertThat(atTheCopy()).isEqualTo("first");
  }

  @Test
  void aPromotionDoesNotHideThatTheCopyIsAhead() throws Exception {
    rollBack();
    disk.promote(FENCE);
    start();
    awaitState(MirrorState.Condition.PROMOTED);
    awaitHeartbeats(2);
    disk.liftPromotion();

    awaitState(MirrorState.Condition.HALTED);
    assertThat(halt().reason()).isEqualTo(GuardViolation.Reason.COPY_IS_AHEAD);
    assertThat(atTheCopy()).isEqualTo("newest");
  }

  @Test
  void aNewStateFitsACopyThatNeverWasLive() throws Exception {
    start();
    awaitState(MirrorState.Condition.IN_SYNC);
    awaitHeartbeats(1);
    stop();
    delete(state);
    Files.createDirectory(state);
    start();

    awaitState(MirrorState.Condition.IN_SYNC);
  }

  @Test
  void aNewStateDoesNotFitACopyThatWasLive() throws Exception {
    disk.promote(FENCE);
    start();
    awaitState(MirrorState.Condition.PROMOTED);
    awaitHeartbeats(1);
    stop();
    delete(state);
    Files.createDirectory(state);
    disk.liftPromotion();
    start();

    awaitState(MirrorState.Condition.HALTED);
    assertThat(halt().message()).startsWith("the copy was live at the backup (generation 3");
  }
}
