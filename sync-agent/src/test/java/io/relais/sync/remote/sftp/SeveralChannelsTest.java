package io.relais.sync.remote.sftp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Operation;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpClient;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.config.SyncConfig.DataRate;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SourceChangedException;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.LinuxDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Files over several channels and connections, and servers that have not every extension. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class SeveralChannelsTest {
  private static final TemporaryNameGenerator NAMES = new TemporaryNameGenerator("test");
  private static final long TIME = 1_700_000_001L;

  /** Everything of a megabyte goes over several connections. */
  private static final TargetOptions WIDE =
      new TargetOptions(
          true, false, Optional.empty(), new TargetOptions.Wide(1 << 20, Duration.ZERO));

  @TempDir static Path directory;

  private LoopbackLink server;
  private TestLinks client;

  @BeforeAll
  void start() throws Exception {
    Path root = LinuxDisk.newDirectory();
    server = LoopbackLink.start(directory.resolve("server"), root);
    client = TestLinks.of(server.sshConfig());
  }

  @AfterAll
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @AfterEach
  void heal() {
    server.heal();
  }

  private SyncTarget open(TargetOptions options) throws Exception {
    return client.to("backup", "/", NAMES, options).open(() -> {});
  }

  private static byte[] content(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void put(SyncTarget target, String name, byte[] content) throws IOException {
    RelPath path = RelPath.ofLatin1(name);
    assertThat(
            target.publish(
                List.of(
                    target
                        .stage(path, new BytesContent(content), TIME, 0640, content.length)
                        .await()),
                SyncTarget.PublishOrder.GIVEN))
        .containsExactly(Optional.empty());
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    target.read(path, Long.MAX_VALUE, read::write);
    assertThat(read.toByteArray()).isEqualTo(content);
    assertThat(target.stat(path)).satisfies(e -> assertThat(e.mtimeSeconds()).isEqualTo(TIME));
  }

  private static void assertOnly(SyncTarget target, String... names) throws IOException {
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys(names);
    for (String name : names) {
      target.make(new RemoteChange.RemoveFile(RelPath.ofLatin1(name)));
    }
  }

  @Test
  void eachHasAConnectionOfItsOwnIfOnlyOneChannelIsWanted() throws Exception {
    client.channels(
        "backup",
        Channels.ONE,
        ResponseTimeouts.DEFAULT,
        (first, more) -> {
          Set<Object> connections = new HashSet<>(Set.of(first.channel().getSession()));
          for (int i = 0; i < 2; i++) {
            connections.add(requireNonNull(more.open()).channel().getSession());
          }
          assertThat(connections).hasSize(3);
          assertThat(more.open()).as("one too many").isNull();
          return first;
        });
  }

  @Test
  void theyShareAConnectionOfAServerThatKeepsThemApart() throws Exception {
    client.channels(
        "backup",
        (first, more) -> {
          SftpClient second = requireNonNull(more.open());
          assertThat(second.channel().getSession()).isSameAs(first.channel().getSession());
          return first;
        });
  }

  @Test
  void aLargeFileIsOneFileHoweverManyConnectionsItTakes() throws Exception {
    try (SyncTarget target = open(WIDE)) {
      put(target, "large", content(9_000_001, 1));
      put(target, "large", content(1 << 20, 2));
      assertOnly(target, "large");
    }
  }

  @Test
  void severalLargeFilesShareTheConnections() throws Exception {
    try (SyncTarget target = open(WIDE);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> uploads =
          IntStream.range(0, 4)
              .<Future<?>>mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            put(target, "large" + i, content(3_000_000 + i, i));
                            return null;
                          }))
              .toList();
      for (Future<?> upload : uploads) {
        upload.get();
      }
      assertOnly(target, "large0", "large1", "large2", "large3");
    }
  }

  @Test
  void nothingIsLeftOfALargeFileThatIsRefusedOrChanges() throws Exception {
    try (SyncTarget target = open(WIDE)) {
      server.fail(Operation.WRITE, path -> true);
      assertThatThrownBy(() -> put(target, "large", content(5 << 20, 1)))
          .isInstanceOf(TargetException.class);
      server.heal();
      assertThatThrownBy(
              () ->
                  target
                      .stage(
                          RelPath.ofLatin1("large"),
                          new SyncTarget.Content() {
                            @Override
                            public int read(byte[] buffer, int offset, int length) {
                              return length / 2;
                            }

                            @Override
                            public void finish() throws IOException {
                              throw new SourceChangedException("it changed");
                            }
                          },
                          TIME,
                          0640,
                          2 << 20)
                      .await())
          .isInstanceOf(SourceChangedException.class);
      assertOnly(target);
      assertThat(target.isOpen()).isTrue();
    }
  }

  @Test
  void manySmallFilesAreAllThere() throws Exception {
    try (SyncTarget target = open(TestLinks.OPTIONS);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> uploads =
          IntStream.range(0, 1000)
              .<Future<?>>mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            put(target, "small" + i, content(i, i));
                            return null;
                          }))
              .toList();
      for (Future<?> upload : uploads) {
        upload.get();
      }
      assertOnly(
          target, IntStream.range(0, 1000).mapToObj(i -> "small" + i).toArray(String[]::new));
    }
    assertThat(server.root()).isEmptyDirectory();
  }

  @Test
  void aServerWithoutLimitsGetsSmallWrites() throws Exception {
    server.withhold("limits@openssh.com", "copy-data", "statvfs@openssh.com");
    try (SyncTarget target = open(TestLinks.OPTIONS)) {
      long before = server.count(Operation.WRITE);
      put(target, "file", content(320 << 10, 1));
      assertThat(server.count(Operation.WRITE) - before).isEqualTo(10);
      assertThat(target.space(RelPath.ROOT)).isNull();
      assertOnly(target, "file");
    }
  }

  @Test
  void aServerThatCannotFlushIsGoodEnoughWhereNothingMustBeOnDisk() throws Exception {
    server.withhold("fsync@openssh.com");
    assertThatThrownBy(() -> open(TestLinks.OPTIONS))
        .isInstanceOf(TargetRefusedException.class)
        .hasMessageContaining("fsync@openssh.com");
    try (TestLinks other = TestLinks.of(server.sshConfig());
        SyncTarget target =
            other
                .to(
                    "backup",
                    "/",
                    NAMES,
                    new TargetOptions(false, false, Optional.empty(), WIDE.wide()))
                .open(() -> {})) {
      put(target, "small", content(10, 1));
      put(target, "large", content(2 << 20, 1));
      assertOnly(target, "small", "large");
    }
  }

  @Test
  void aServerThatCannotReplaceAFileAtOnceIsRefused() throws Exception {
    server.withhold("posix-rename@openssh.com");
    try (TestLinks other = TestLinks.of(server.sshConfig())) {
      assertThatThrownBy(() -> other.to("backup").open(() -> {}))
          .isInstanceOf(TargetRefusedException.class)
          .hasMessageContaining("posix-rename@openssh.com");
    }
  }

  @Test
  void aRateLimitMakesPiecesSmaller() throws Exception {
    TargetOptions slow =
        new TargetOptions(
            true, false, Optional.of(new DataRate(400_000)), TargetOptions.Wide.USUAL);
    try (SyncTarget target = open(slow)) {
      long before = server.count(Operation.WRITE);
      put(target, "file", content(100_000, 1));
      assertThat(server.count(Operation.WRITE) - before).isEqualTo(2);
      assertOnly(target, "file");
    }
  }
}
