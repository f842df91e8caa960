package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent as the packaged unit runs it: as a user of its own with nothing but
 * CAP_DAC_READ_SEARCH, where the configuration, OpenSSH's files, the keys and the source are root's
 * alone.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class ServiceUserTest {
  private static final int NOBODY = 65534;
  private static final List<String> SERVICE =
      List.of(
          "setpriv",
          "--reuid=" + NOBODY,
          "--regid=" + NOBODY,
          "--clear-groups",
          "--inh-caps=-all,+dac_read_search",
          "--ambient-caps=+dac_read_search",
          "--bounding-set=-all,+dac_read_search");

  @TempDir Path directory;

  private static String run(Path configuration, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(SERVICE);
    command.addAll(AgentProcess.command(AgentProcess.DEEP_QUEUE, "-c", configuration.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void mirrorsWhatOnlyTheCapabilityLetsItRead() throws Exception {
    OpenSshBed.Builder bed =
        OpenSshBed.in(directory.resolve("root/client")).userKeys("ed25519", "secret");
    try (Rig rig = Rig.in(directory, bed, "", "")) {
      Files.setPosixFilePermissions(directory, fromString("rwxr-xr-x"));
      Path mine = directory.resolve("root");
      Path passphrase = Files.writeString(mine.resolve("passphrase"), "secret\n");
      Path sshConfig = mine.resolve("included");
      Files.move(rig.bed().sshConfig(), sshConfig);
      Files.writeString(rig.bed().sshConfig(), "Include " + sshConfig + "\n");
      Files.writeString(
          rig.configuration(),
          Files.readString(rig.configuration())
              .replace("[ssh]\n", "[ssh]\npassphrase_file = \"" + passphrase + "\"\n"));
      Path below = Files.createDirectories(rig.source().resolve("closed/below"));
      Files.writeString(below.resolve("file"), "root's alone");
      for (Path file : List.of(passphrase, rig.configuration(), below.resolve("file"))) {
        Files.setPosixFilePermissions(file, fromString("rw-------"));
      }
      for (Path closed : List.of(mine, rig.source(), below.getParent(), below)) {
        Files.setPosixFilePermissions(closed, fromString("rwx------"));
      }
      Path state = Files.createDirectory(directory.resolve("state"));
      Files.setPosixFilePermissions(state, fromString("rwx------"));
      Files.setAttribute(state, "unix:uid", NOBODY);

      assertThat(run(rig.configuration(), "config", "check"))
          .contains(": ok")
          .doesNotContain("warning");
      rig.startAgentBy(SERVICE);
      rig.awaitEqual(Duration.ofSeconds(60));
      Files.writeString(below.resolve("later"), "seen by its event");
      rig.awaitEqual(Duration.ofSeconds(60));
      assertThat(run(rig.configuration(), "status")).contains("in sync");
      assertThat(run(rig.configuration(), "verify")).contains("in sync");
      assertThat(rig.said()).doesNotContain("WARN", "ERROR", "not there");
    }
  }
}
