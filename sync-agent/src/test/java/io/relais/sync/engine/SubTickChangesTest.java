package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.Maps;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.Debouncer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files whose times don't change though their content does, as within a tick of the kernel's. */
final class SubTickChangesTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final RelPath FILE = RelPath.ofLatin1("file");
  private static final Instant TICK = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");
  private volatile Instant now = TICK.plusMillis(5);
  private volatile @Nullable MirrorState shown;

  @SuppressWarnings("NullAway.Init")
  private Path file;

  @SuppressWarnings("NullAway.Init")
  private Mirror mirror;

  @SuppressWarnings("NullAway.Init")
  private Thread owner;

  @BeforeEach
  void begin() throws IOException {
    Path source = Files.createDirectory(directory.resolve("source"));
    Path state = Files.createDirectory(directory.resolve("state"));
    file = Files.writeString(source.resolve("file"), "one");
    SqliteIndex.unpackNativeLibraryIn(state);
    MirrorSettings settings = PlainSettings.of(source, state);
    InstantSource clock = () -> now;
    mirror =
        new Mirror(
            settings,
            Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000),
            () -> new WithinOneTick(LinuxSourceTree.open(source, LinkPolicy.PRESERVE)),
            disk.link(names),
            SqliteIndex.open(state, clock, problem -> {}),
            names,
            new Board(),
            clock);
    mirror.watched();
    owner = Thread.ofPlatform().daemon().start(mirror);
    await().atMost(LIMIT).until(() -> disk.snapshot().containsKey(FILE) && shown != null);
  }

  @AfterEach
  void end() throws InterruptedException {
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  private String copy() throws IOException {
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      target.read(FILE, Long.MAX_VALUE, copy::write);
    }
    return copy.toString(UTF_8);
  }

  /** Time passes, but nothing is hinted at. */
  private void advance(Duration time) {
    shown = null;
    now = now.plus(time);
    mirror.listener().degradedNow(Set.of()); // wakes the owner
  }

  @Test
  void aSecondWriteWithoutATraceInTheTimesIsNotLost() throws Exception {
    assertThat(copy()).isEqualTo("one");
    Files.writeString(file, "two");

    advance(Duration.ofMillis(50));

    await().atMost(LIMIT).until(() -> copy().equals("two"));
  }

  @Test
  void aFileThatDidNotChangeCostsNoRequestWhenItIsLookedAtAgain() {
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Pending);
    int staged = disk.count(Operation.STAGE_FILE);
    int set = disk.count(Operation.SET_ATTRIBUTES);

    advance(Duration.ofMillis(50));

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    assertThat(disk.count(Operation.STAGE_FILE)).isEqualTo(staged);
    assertThat(disk.count(Operation.SET_ATTRIBUTES)).isEqualTo(set);
  }

  @Test
  void aFullScanFindsASecondWriteToo() throws Exception {
    Files.writeString(file, "two");
    disk.loseConnections();
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Offline);

    advance(Duration.ofMinutes(5));

    await().atMost(LIMIT).until(() -> copy().equals("two"));
  }

  private final class Board implements StatusSink {
    @Override
    public void transferring(String name, TransferProgress transferProgress) {}

    @Override
    public void show(String name, MirrorState state, Report report) {
      shown = state;
    }
  }

  /** A source in which nothing ever gets another time. */
  private record WithinOneTick(SourceTree tree) implements SourceTree {
    private static SourceEntry frozen(SourceEntry entry) {
      long nanos = TICK.getEpochSecond() * 1_000_000_000L;
      return new SourceEntry(
          entry.kind(),
          entry.size(),
          nanos,
          nanos,
          entry.mode(),
          entry.device(),
          entry.inode(),
          entry.linkTarget());
    }

    @Override
    public RootIdentity identity() {
      return tree.identity();
    }

    @Override
    public @Nullable SourceEntry stat(RelPath path) throws IOException {
      SourceEntry entry = tree.stat(path);
      return entry == null ? null : frozen(entry);
    }

    @Override
    public Map<String, SourceEntry> list(RelPath path) throws IOException {
      return Maps.transformValues(tree.list(path), WithinOneTick::frozen);
    }

    @Override
    public SourceFile open(RelPath path) throws IOException {
      SourceFile open = tree.open(path);
      return new SourceFile() {
        @Override
        public SourceEntry opened() {
          return frozen(open.opened());
        }

        @Override
        public SourceEntry stat() throws IOException {
          return frozen(open.stat());
        }

        @Override
        public long allocated() {
          return open.allocated();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
          return open.read(buffer, offset, length);
        }

        @Override
        public void close() throws IOException {
          open.close();
        }
      };
    }

    @Override
    public boolean isCurrent() {
      return tree.isCurrent();
    }

    @Override
    public void close() {
      tree.close();
    }
  }
}
