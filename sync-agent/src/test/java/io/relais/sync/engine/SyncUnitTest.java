package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.StatusSink;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SyncUnitTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final CountDownLatch connected = new CountDownLatch(1);

  @Test
  void connectsWhileTheWatchBeginsAndLooksOnlyOnceItHas() throws Exception {
    Files.writeString(directory.resolve("file"), "content");
    TemporaryNameGenerator names = new TemporaryNameGenerator("test");
    SyncUnit unit =
        new SyncUnit("site", () -> new SlowWatch(connected, disk), ImmutableList.of(mirror(names)));

    unit.start(_ -> {});

    await().atMost(LIMIT).until(() -> disk.snapshot().containsKey(RelPath.ofLatin1("file")));
    unit.stop();
    assertThat(unit.awaitEnd(Instant.now().plus(LIMIT))).isTrue();
  }

  private Mirror mirror(TemporaryNameGenerator names) {
    MirrorSettings settings = PlainSettings.of(directory, directory);
    return new Mirror(
        settings,
        Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000),
        () -> LinuxSourceTree.open(directory, LinkPolicy.PRESERVE),
        onLost -> {
          try {
            return disk.link(names).open(onLost);
          } finally {
            connected.countDown();
          }
        },
        new InMemoryIndex(),
        names,
        StatusSink.NONE,
        InstantSource.system());
  }

  /** Begins to watch only when the target is connected, and nothing may be looked at by then. */
  private record SlowWatch(CountDownLatch connected, InMemoryDisk disk) implements ChangeSource {
    @Override
    public void start(Listener listener) throws IOException {
      try {
        assertThat(connected.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      assertThat(disk.count(Operation.STAT)).isZero();
    }

    @Override
    public void close() {}
  }
}
