package io.relais.sync.target.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Operation;
import io.relais.sync.target.BytesContent;
import io.relais.sync.target.TemporaryNamer;
import io.relais.sync.testbed.LinuxDisk;
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
final class EarlyFlushTest {
  private static final TemporaryNamer NAMES = new TemporaryNamer("test");
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
    void of(Lanes lanes) throws IOException;
  }

  private void with(Use use) throws Exception {
    RateLimit rate = TestLinks.OPTIONS.newLimit();
    try (TestLinks links = TestLinks.of(server.sshConfig())) {
      links.channels(
          "backup",
          (client, more) -> {
            StagingDirectory none =
                new StagingDirectory(client, "", NAMES, new DirectoryModes(), false);
            Lanes lanes =
                new Lanes(
                    client,
                    more,
                    made -> new Lane(made, new StagingPool(made, none, NAMES, 1), rate),
                    new Distance(Duration.ZERO));
            use.of(lanes);
            lanes.close();
            return client;
          });
    }
  }

  private void send(Lanes lanes, String name, String flushed) throws IOException {
    new SftpUpload(lanes.first(), 32 << 10, true, name, "write " + name, content.length)
        .send(
            EarlyFlush.during(new BytesContent(content), lanes, lanes.first(), flushed, STEP),
            0644,
            1_700_000_001L);
    assertThat(server.root().resolve(name.substring(1))).hasBinaryContent(content);
  }

  @Test
  void flushesAlsoBeforeTheEndWhereThereIsAnotherChannel() throws Exception {
    with(
        lanes -> {
          lanes.takeEach().forEach(Lane::end);
          long before = server.count(Operation.SYNC);
          send(lanes, "/file", "/file");
          // It may be on its way still: nobody waits for it.
          await()
              .untilAsserted(
                  () -> assertThat(server.count(Operation.SYNC) - before).isGreaterThan(1));
        });
  }

  @Test
  void neitherTheFirstChannelNorTheOneThatSendsIsTaken() throws Exception {
    with(
        lanes -> {
          List<Lane> all = lanes.takeEach();
          all.forEach(Lane::end);
          for (Lane sending : all) {
            for (int i = 0; i < all.size(); i++) {
              assertThat(lanes.takeOther(sending)).isNotNull().isNotIn(lanes.first(), sending);
            }
          }
        });
  }

  @Test
  void aFlushThatFailsDoesNoHarm() throws Exception {
    with(
        lanes -> {
          lanes.takeEach().forEach(Lane::end);
          long before = server.count(Operation.SYNC);
          AtomicInteger asked = new AtomicInteger();
          server.fail(
              Operation.OPEN, path -> path.equals("/absent") && asked.incrementAndGet() > 0);
          send(lanes, "/present", "/absent");
          await().until(() -> asked.get() > 0);
          assertThat(server.count(Operation.SYNC) - before).isEqualTo(1);
        });
    assertThat(Files.exists(server.root().resolve("absent"))).isFalse();
  }

  @Test
  void withoutAnotherChannelItIsFlushedAtTheEnd() throws Exception {
    with(
        lanes -> {
          lanes.close();
          assertThat(lanes.takeOther(null)).isNull();
          long before = server.count(Operation.SYNC);
          send(lanes, "/alone", "/alone");
          assertThat(server.count(Operation.SYNC) - before).isEqualTo(1);
        });
  }
}
