package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Status, run by one who may not read the state. Runs as root, to give files away; the command then
 * runs without root's capabilities, as any other user would.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class StatusByAnotherTest {
  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Embedded program;

  @BeforeEach
  void start() throws IOException {
    program = new Embedded(directory);
    Files.createDirectory(program.state);
    Files.writeString(program.state.resolve("status.json"), "{\"pid\":1,\"mirrors\":{}}");
  }

  @AfterEach
  void stop() throws IOException {
    program.close();
  }

  private static void give(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    Files.setOwner(
        path, path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
  }

  private void assertRefused(String... words) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "setpriv",
                "--bounding-set=-dac_override,-dac_read_search",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "-c",
                program.config.toString(),
                "status")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(5);
    assertThat(said.lines().toList()).as(said).hasSize(1);
    assertThat(said).contains(List.of(words)).doesNotContain("has not run yet", "mistake");
  }

  @Test
  void saysWhoMayReadTheStateAndWhatToType() throws Exception {
    give(program.state, "rwx------");

    assertRefused(
        "sync-agent: the state in " + program.state + " can't be read by root, only by nobody",
        "run: sudo -u nobody sync-agent -c '" + program.config + "' status");
  }

  @Test
  void doesSoWhereEvenTheWayThereIsClosed() throws Exception {
    Path above = Files.createDirectory(directory.resolve("above"));
    Files.move(program.state, above.resolve("state"));
    Files.writeString(
        program.config,
        Files.readString(program.config)
            .replace(program.state.toString(), above.resolve("state").toString()));
    give(above, "rwx------");

    assertRefused("can't be read by root; run: sudo sync-agent -c '" + program.config + "' status");
  }

  @Test
  void doesSoOfAConfigurationThatIsClosed() throws Exception {
    give(program.config, "rw-------");

    assertRefused(
        "the configuration " + program.config + " can't be read by root, only by nobody",
        "run: sudo -u nobody sync-agent -c '" + program.config + "' status");
  }
}
