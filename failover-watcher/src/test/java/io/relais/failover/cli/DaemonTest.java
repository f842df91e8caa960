package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What systemd hears of the daemon, and what signals do. */
final class DaemonTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void systemdHearsWhatItWants() throws Exception {
    Path address = folder.resolve("notify");
    try (Scene scene = Scene.open(folder);
        NotifyReceiver systemd = new NotifyReceiver(address)) {
      scene.environment("NOTIFY_SOCKET", address.toString());
      try (RunningDaemon daemon = RunningDaemon.start(scene)) {
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () ->
                    assertThat(systemd.heard())
                        .as(daemon.said())
                        .containsSubsequence("STATUS=up", "WATCHDOG=1", "READY=1", "WATCHDOG=1"));
        assertThat(systemd.heard()).containsOnlyOnce("READY=1");

        signal("HUP");
        await()
            .atMost(LIMIT)
            .until(() -> systemd.heard().stream().filter("READY=1"::equals).count() == 2);
        assertThat(systemd.heard())
            .anyMatch(message -> message.startsWith("RELOADING=1\nMONOTONIC_USEC="));
        assertThat(daemon.said()).contains("the new configuration is in force");
        assertThat(daemon.said()).contains("watching www.example.org at 127.0.0.2, every 1 s");

        scene.secret("ovh.conf", scene.application());
        signal("HUP");
        await()
            .atMost(LIMIT)
            .until(() -> systemd.heard().stream().filter("READY=1"::equals).count() == 3);
        assertThat(daemon.said()).contains("the configuration stays as it was", "consumer_key");
        assertThat(daemon.isAlive()).isTrue();

        signal("TERM");
        await().atMost(LIMIT).until(() -> !daemon.isAlive());
        assertThat(daemon.end()).isZero();
        assertThat(systemd.heard()).last().isEqualTo("STOPPING=1");
      }
    }
  }

  /** A watch every few minutes must not look like a program that hangs. */
  @Test
  void systemdHearsOfItWhileALongIntervalIsWaitedFor() throws Exception {
    Path address = folder.resolve("notify");
    try (Scene scene = Scene.open(folder);
        NotifyReceiver systemd = new NotifyReceiver(address)) {
      scene.edit("interval = \"1s\"\n[site]", "interval = \"10m\"\n[site]");
      scene.edit("needed = 2", "needed = 2\n[decision]\nfailure_window = \"1h\"");
      scene.environment("NOTIFY_SOCKET", address.toString());
      scene.environment("WATCHDOG_USEC", "2000000");
      try (RunningDaemon daemon = RunningDaemon.start(scene)) {
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () ->
                    assertThat(systemd.heard())
                        .as(daemon.said())
                        .containsSubsequence("READY=1", "WATCHDOG=1", "WATCHDOG=1"));

        Scene.Said said = scene.run("switch", "--yes");

        assertThat(said.out()).as(said.all() + daemon.said()).startsWith("done; on-backup");
      }
    }
  }

  @Test
  void requestsArriveAlsoBeforeTheRoundsBegin() {
    SignalRequests signalRequests = new SignalRequests();
    signalRequests.end();

    assertThat(signalRequests.whileWaiting(() -> {})).isInstanceOf(SignalRequests.End.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  private static void signal(String name) throws IOException, InterruptedException {
    String pid = Long.toString(ProcessHandle.current().pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor()).isZero();
  }
}
