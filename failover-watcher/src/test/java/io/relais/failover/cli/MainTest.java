package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.relais.failover.wiring.World;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MainTest {
  @TempDir private Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    InputStream nobody = new ByteArrayInputStream(new byte[0]);
    return Main.run(
        new World(
            ImmutableMap.of(),
            nobody,
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            InstantSource.system(),
            directory,
            directory),
        args);
  }

  @Test
  void helpNamesEveryCommandAndExitCode() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("check", "run", "status", "history", "switch", "failback", "resume")
        .contains("drill", "rehearse", "doctor", "notify-test", "ovh-login", "config")
        .contains("10  the records point at the backup", "12  blind");
  }

  @Test
  void everyCommandHasHelpOfItsOwn() {
    for (String command :
        new String[] {
          "check",
          "run",
          "status",
          "history",
          "switch",
          "failback",
          "resume",
          "return",
          "ready",
          "drill",
          "rehearse",
          "doctor",
          "notify-test",
          "ovh-login",
          "config"
        }) {
      assertThat(run(command, "--help")).as(command).isZero();
    }
  }

  @Test
  void versionNamesTheProgram() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString(UTF_8)).startsWith("failover-watcher ");
  }

  @Test
  void doesNothingWithoutACommand() {
    assertThat(run()).isEqualTo(Exit.USAGE.code());
    assertThat(err.toString(UTF_8)).contains("say what to do");
  }

  @Test
  void refusesAnUnknownOption() {
    assertThat(run("check", "--nonsense")).isEqualTo(Exit.USAGE.code());
    assertThat(err.toString(UTF_8)).contains("failover-watcher check --help");
  }

  @Test
  void callsAnUnknownCommandOneAndNamesTheNearest() {
    assertThat(run("statsu")).isEqualTo(Exit.USAGE.code());
    assertThat(err.toString(UTF_8))
        .contains("failover-watcher: unknown command 'statsu'; did you mean 'status'?")
        .doesNotContain("index", "Unmatched");
  }

  @Test
  void saysWhatIsWrongWithTheConfiguration() {
    Path missing = directory.resolve("nothing.toml");
    assertThat(run("-c", missing.toString(), "check")).isEqualTo(Exit.USAGE.code());
    assertThat(err.toString(UTF_8)).contains(missing.toString(), "no such file");
  }
}
