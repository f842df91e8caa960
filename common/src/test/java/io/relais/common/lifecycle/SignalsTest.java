package io.relais.common.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.ChildJvm;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SignalsTest {
  private static final int TERMINATED = 128 + 15;

  private Process process;

  @BeforeEach
  void start() throws IOException {
    process =
        ChildJvm.of(SignalProgram.class, "HUP", "INT", "TERM")
            .redirectError(Redirect.INHERIT)
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("ready");
  }

  @AfterEach
  void stop() {
    process.destroyForcibly();
  }

  @Test
  void eachSignalRunsItsActionAndNothingElse() throws Exception {
    for (String name : new String[] {"HUP", "INT", "TERM", "HUP"}) {
      send(name);
      assertThat(process.inputReader().readLine()).isEqualTo(name);
    }

    process.outputWriter().close();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void aRestoredSignalEndsTheProcessAgain() throws Exception {
    process.outputWriter().write("restore\n");
    process.outputWriter().flush();
    assertThat(process.inputReader().readLine()).isEqualTo("restored");

    send("TERM");

    assertThat(process.waitFor()).isEqualTo(TERMINATED);
    assertThat(process.inputReader().readLine()).isNull();
  }

  private void send(String name) throws Exception {
    String pid = Long.toString(process.pid());
    Process kill =
        new ProcessBuilder("sh", "-c", "kill -s \"$1\" \"$2\"", "sh", name, pid)
            .inheritIO()
            .start();
    assertThat(kill.waitFor()).isZero();
  }
}
