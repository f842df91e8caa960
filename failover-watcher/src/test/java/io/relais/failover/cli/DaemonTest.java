package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.StateLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

  /** A command carries itself out where nobody holds the lock: it must not come in between. */
  @Test
  void theLockIsHeldWhileAnotherConfigurationIsTaken() throws Exception {
    Path address = folder.resolve("notify");
    try (Scene scene = Scene.open(folder);
        NotifyReceiver systemd = new NotifyReceiver(address)) {
      scene.environment("NOTIFY_SOCKET", address.toString());
      try (RunningDaemon daemon = RunningDaemon.start(scene)) {
        for (int i = 2; i < 5; i++) {
          int count = i;
          signal("HUP");
          await()
              .atMost(LIMIT)
              .pollInterval(Duration.ofNanos(1_000))
              .until(
                  () -> {
                    assertThat(StateLock.tryTake(scene.state())).isEmpty();
                    return systemd.heard().stream().filter("READY=1"::equals).count() == count;
                  });
        }
        assertThat(daemon.end()).isZero();
      }
      StateLock.tryTake(scene.state()).orElseThrow().close();
    }
  }

  @Test
  void anotherStateDirectoryThatIsTakenIsNotGoneTo() throws Exception {
    try (Scene scene = Scene.open(folder);
        RunningDaemon daemon = RunningDaemon.start(scene)) {
      Path other = folder.resolve("other");
      Files.createDirectory(other);
      try (StateLock _ = StateLock.tryTake(other).orElseThrow()) {
        scene.edit("\"" + scene.state() + "\"", "\"" + other + "\"");
        signal("HUP");
        await()
            .atMost(LIMIT)
            .until(
                () ->
                    daemon
                        .said()
                        .contains(
                            "the configuration stays as it was: another run or daemon is at work"
                                + " with "
                                + other));
      }
      signal("HUP");
      await().atMost(LIMIT).until(() -> daemon.said().contains("new configuration is in force"));
      await().atMost(LIMIT).until(() -> Files.exists(other.resolve("status.json")));
      StateLock.tryTake(scene.state()).orElseThrow().close();
      assertThat(daemon.end()).isZero();
    }
  }

  /** And what an older version, which took commands from files, left there is gone. */
  @Test
  void commandsReachADaemonWhoseStateHasALongPath() throws Exception {
    try (Scene scene = Scene.open(Files.createDirectory(folder.resolve("d".repeat(150))))) {
      Files.createDirectory(
          scene.state(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path left = Files.writeString(scene.state().resolve("command"), "SWITCH");
      try (RunningDaemon daemon = RunningDaemon.start(scene)) {
        assertThat(left).doesNotExist();
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
