package io.relais.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.loopback.Operation;
import io.relais.testbed.ssh.FaultyProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup that does not answer: whoever asks for the status is told. */
final class SilentBackupTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** The agent tells after 30 s. */
  private static final Duration LONG = Duration.ofSeconds(50);

  /** Until the agent runs, on a machine that has much else to do. */
  private static final Duration START = Duration.ofMinutes(3);

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Embedded program;

  @SuppressWarnings("NullAway.Init")
  private Process agent;

  @BeforeEach
  void prepare() throws IOException {
    program = new Embedded(directory);
    Files.writeString(program.source.resolve("index.html"), "hello");
  }

  private void start() throws IOException {
    agent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "-c",
                program.config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
  }

  @AfterEach
  void stop() throws IOException {
    agent.destroyForcibly().onExit().join();
    program.close();
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  @Test
  void showsThatItConnectsBeforeItIsConnected() throws Exception {
    try (FaultyProxy proxy = startConnecting("5m")) {
      Embedded.Result told =
          await()
              .atMost(START)
              .until(
                  () -> program.run("status"),
                  status -> status.out().contains("site: connecting to backup (0 entries"));
      assertThat(told.code()).isEqualTo(3);
      assertThat(proxy.bytesToServer()).isZero();
    }
  }

  @Test
  void saysWhoDidNotLetItConnect() throws Exception {
    try (FaultyProxy proxy = startConnecting("1s")) {
      await().atMost(START).until(() -> log().contains("site: "));
      assertThat(log())
          .contains(
              "site: bastion (127.0.0.1:%d) did not complete the key exchange within 1 s"
                  .formatted(proxy.port()));
      await().atMost(START).until(() -> program.run("status").out().contains("offline: bastion"));
    }
  }

  /** With a bastion that accepts the connection and says nothing. */
  private FaultyProxy startConnecting(String timeout) throws IOException {
    FaultyProxy proxy = FaultyProxy.before(program.link.bastionPort());
    proxy.blackhole();
    leadTo(program.link.sshConfig(), "Port ", proxy);
    String config = Files.readString(program.config);
    Files.writeString(
        program.config,
        config.replace("[ssh]", "[ssh]\nconnect_timeout = \"%s\"".formatted(timeout)));
    start();
    return proxy;
  }

  private void leadTo(Path file, String before, FaultyProxy proxy) throws IOException {
    String text = Files.readString(file);
    Files.writeString(
        file, text.replace(before + program.link.bastionPort(), before + proxy.port()));
  }

  @Test
  void saysAfterHalfAMinuteForWhatItWaits() throws Exception {
    Files.writeString(program.source.resolve("old"), "gone");
    start();
    await().atMost(SOON).until(() -> log().contains("site: 2 files (9 bytes)"));
    CountDownLatch answers = new CountDownLatch(1);
    program.link.fail(
        Operation.REMOVE,
        path -> {
          if (path.endsWith("/old")) {
            Uninterruptibles.awaitUninterruptibly(answers);
          }
          return false;
        });
    Files.delete(program.source.resolve("old"));
    Embedded.Result told =
        await()
            .atMost(LONG)
            .until(() -> program.run("status"), status -> status.out().contains("waiting for"));
    assertThat(told.out())
        .containsPattern("waiting for 3[0-9] s for the backup to answer: remove /site/old\n");
    assertThat(told.code()).as("target unreachable").isEqualTo(3);
    assertThat(program.run("status", "--json").out())
        .contains("\"for\":\"the backup to answer: remove /site/old\"");
    assertThat(log()).containsOnlyOnce("waiting for 30 s for the backup to answer");

    answers.countDown();
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(program.run("status").out()).doesNotContain("waiting"));
    await().atMost(SOON).until(() -> log().contains("site: waits no longer, after "));
    await().atMost(SOON).until(() -> !Files.exists(program.copy.resolve("old")));
  }
}
