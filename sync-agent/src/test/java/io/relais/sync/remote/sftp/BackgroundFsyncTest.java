package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Operation;
import io.relais.sftp.ListingMemoryBudget;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.LinuxDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What of a large file goes to the disk before all of it has come. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class BackgroundFsyncTest {
  private static final TemporaryNameGenerator NAMES = new TemporaryNameGenerator("test");
  private static final int STEP = 100_000;

  @TempDir static Path directory;

  private final byte[] content = new byte[10 * STEP];
  private LoopbackLink server;

  @BeforeAll
  void start() throws Exception {
    new Random(1).nextBytes(content);
    server = LoopbackLink.start(directory.resolve("server"), LinuxDisk.newDirectory());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  private interface Use {
    void of(ChannelPool channelPool) throws IOException;
  }

  private void with(Use use) throws Exception {
    RateLimit rate = TestLinks.OPTIONS.newLimit();
    try (TestLinks links = TestLinks.of(server.sshConfig())) {
      links.channels(
          "backup",
          (client, more) -> {
            StagingDirectory none =
                new StagingDirectory(
                    client,
                    new CopyGate(
                        client,
                        new RemoteLocation("the account", "the target", ""),
                        ListingMemoryBudget.ofThisProcess()),
                    NAMES,
                    new DirectoryModes(),
                    false);
            ChannelPool channelPool =
                new ChannelPool(
                    client,
                    more,
                    made -> new UploadChannel(made, new StagingPool(made, none, NAMES, 1), rate),
                    new RoundTripBudget(Duration.ZERO));
            use.of(channelPool);
            channelPool.close();
            return client;
          });
    }
  }

  private void send(ChannelPool channelPool, String name, String flushed) throws IOException {
    new SftpUpload(channelPool.first(), 32 << 10, true, name, "write " + name, content.length)
        .send(
            BackgroundFsync.during(
                new BytesContent(content), channelPool, channelPool.first(), flushed, STEP),
            0644,
            1_700_000_001L);
    assertThat(server.root().resolve(name.substring(1))).hasBinaryContent(content);
  }

  @Test
  void flushesAlsoBeforeTheEndWhereThereIsAnotherChannel() throws Exception {
    with(
        channelPool -> {
          channelPool.takeEach().forEach(UploadChannel::end);
          long before = server.count(Operation.SYNC);
          send(channelPool, "/file", "/file");
          // It may be on its way still: nobody waits for it.
          await()
              .untilAsserted(
                  () -> assertThat(server.count(Operation.SYNC) - before).isGreaterThan(1));
        });
  }

  @Test
  void neitherTheFirstChannelNorTheOneThatSendsIsTaken() throws Exception {
    with(
        channelPool -> {
          List<UploadChannel> all = channelPool.takeEach();
          all.forEach(UploadChannel::end);
          for (UploadChannel sending : all) {
            for (int i = 0; i < all.size(); i++) {
              assertThat(channelPool.takeOther(sending))
                  .isNotNull()
                  .isNotIn(channelPool.first(), sending);
            }
          }
        });
  }

  @Test
  void aFlushThatFailsDoesNoHarm() throws Exception {
    with(
        channelPool -> {
          channelPool.takeEach().forEach(UploadChannel::end);
          long before = server.count(Operation.SYNC);
          AtomicInteger asked = new AtomicInteger();
          server.fail(
              Operation.OPEN, path -> path.equals("/absent") && asked.incrementAndGet() > 0);
          send(channelPool, "/present", "/absent");
          await().until(() -> asked.get() > 0);
          assertThat(server.count(Operation.SYNC) - before).isEqualTo(1);
        });
    assertThat(Files.exists(server.root().resolve("absent"))).isFalse();
  }

  @Test
  void withoutAnotherChannelItIsFlushedAtTheEnd() throws Exception {
    with(
        channelPool -> {
          channelPool.close();
          assertThat(channelPool.takeOther(null)).isNull();
          long before = server.count(Operation.SYNC);
          send(channelPool, "/alone", "/alone");
          assertThat(server.count(Operation.SYNC) - before).isEqualTo(1);
        });
  }
}
