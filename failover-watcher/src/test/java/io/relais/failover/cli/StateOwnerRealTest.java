package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.StateLock;
import io.relais.common.control.ControlServer;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.wiring.CommandQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Root beside a service that runs as another user. Needs root, to give a directory away. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class StateOwnerRealTest {
  @TempDir private Path folder;

  private static void give(Path path) throws IOException {
    Files.setOwner(
        path, path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
  }

  @Test
  void rootWritesNothingThatTheServiceCouldNotRead() throws IOException {
    try (Scene scene = Scene.open(folder)) {
      give(Files.createDirectory(scene.state()));

      for (String command :
          new String[] {"check", "run", "switch --yes", "drill --name drill.example.org"}) {
        Scene.Said said = scene.run(command.split(" "));
        assertThat(said.code()).as(command).isEqualTo(Exit.USAGE.code());
        assertThat(said.err()).as(command).contains("sudo -u nobody failover-watcher");
      }

      assertThat(scene.state()).isEmptyDirectory();
      assertThat(scene.run("doctor").out()).contains("belongs to nobody");
    }
  }

  /** Root without its capabilities is a user like any other. */
  private static void assertStatusIsRefused(Scene scene, String... words) throws Exception {
    Process process =
        new ProcessBuilder(
                "setpriv",
                "--bounding-set=-dac_override,-dac_read_search",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "-c",
                scene.config().toString(),
                "status")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(Exit.STATE.code());
    assertThat(said).contains(words).doesNotContain("has not run yet", "mistake");
  }

  @Test
  void statusSaysWhoMayReadTheStateAndWhatToType() throws Exception {
    try (Scene scene = Scene.open(folder)) {
      assertThat(scene.run("check").code()).isEqualTo(Exit.OK.code());
      Files.setPosixFilePermissions(scene.state(), PosixFilePermissions.fromString("rwx------"));
      give(scene.state());
      assertStatusIsRefused(
          scene,
          "the state in " + scene.state() + " can't be read by root, only by nobody",
          "run: sudo -u nobody failover-watcher -c " + scene.config());

      Files.setPosixFilePermissions(scene.config(), PosixFilePermissions.fromString("rw-------"));
      give(scene.config());
      assertStatusIsRefused(
          scene,
          "the configuration " + scene.config() + " can't be read by root, only by nobody",
          "run: sudo -u nobody failover-watcher -c " + scene.config());
    }
  }

  @Test
  void rootMayCommandTheDaemonOfAnotherUser() throws Exception {
    try (Scene scene = Scene.open(folder)) {
      give(Files.createDirectory(scene.state()));
      CommandQueue commands = new CommandQueue(InstantSource.system());
      try (commands;
          StateLock lock = StateLock.tryTake(scene.state()).orElseThrow();
          ControlServer server = ControlServer.open(lock, commands.requests())) {
        assertThat(server).isNotNull();
        Path socket = scene.state().resolve("control");
        give(socket);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
            .isEqualTo("rw-rw----");
        CompletableFuture<Scene.Said> said =
            CompletableFuture.supplyAsync(() -> scene.run("switch", "--yes"));
        await().until(commands::isWanted);

        assertThat(commands.next()).contains(Command.SWITCH);
        commands.answer(
            new CommandQueue.Progress(Phase.ON_BACKUP, "it is done", false, false, false));
        assertThat(said.get().out()).isEqualTo("done; on-backup: it is done\n");
      }
    }
  }
}
