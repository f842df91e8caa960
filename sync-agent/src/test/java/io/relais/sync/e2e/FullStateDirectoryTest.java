package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A state directory whose disk is full: nothing can be noted, and nothing untrue is said. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class FullStateDirectoryTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void isNeverSaidToBeInSyncAndGoesOnOnceThereIsRoom() throws Exception {
    Path state = Files.createDirectory(directory.resolve("state"));
    Tools.run("mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", state.toString());
    try (Rig rig = Rig.in(directory, "")) {
      Files.writeString(rig.source().resolve("page"), "one");
      rig.startAgent();
      rig.awaitEqual(LIMIT);
      assertThat(status(rig)).startsWith("0 site: in sync");

      fill(state.resolve("filler"));
      Files.writeString(rig.source().resolve("new"), "two");
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(status(rig)).startsWith("3 site: offline").contains("disk"));
      assertThat(state.resolve("status.json")).doesNotExist();
      assertThat(rig.said())
          .contains("status.json can't be written, and is removed")
          .doesNotContain("the target is back");

      Files.delete(state.resolve("filler"));
      rig.awaitEqual(LIMIT);
      assertThat(status(rig)).startsWith("0 site: in sync");
      assertThat(rig.said()).contains("it can go on").doesNotContain("the target is back");
    } finally {
      Tools.run("umount", "-l", state.toString());
    }
  }

  private static void fill(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(new byte[1024]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  /** The exit code of {@code status}, and what it says. */
  private static String status(Rig rig) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                AgentProcess.command(
                    AgentProcess.DEEP_QUEUE, "-c", rig.configuration().toString(), "status"))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() + " " + said;
  }
}
