package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  @Test
  void helpSaysThatItDoesNothingYet() {
    assertThat(run("--help")).isEqualTo(ExitCode.OK.code());
    assertThat(out.toString()).contains("failover-watcher").contains("Not there yet");
  }

  @Test
  void versionNamesTheProgram() {
    assertThat(run("--version")).isEqualTo(ExitCode.OK.code());
    assertThat(out.toString()).startsWith("failover-watcher ");
  }

  @Test
  void refusesToPretendThatItWatches() {
    assertThat(run()).isEqualTo(ExitCode.USAGE.code());
    assertThat(err.toString()).contains("nothing is being watched");
  }

  @Test
  void refusesAnUnknownOption() {
    assertThat(run("--nonsense")).isEqualTo(ExitCode.USAGE.code());
  }
}
