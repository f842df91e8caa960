package io.relais.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A large file over a slow link, and a small one that is saved meanwhile. */
final class LargeFileTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void doesNotStandBeforeASmallOne() throws Exception {
    try (Embedded program = new Embedded(directory)) {
      // At this rate the large one takes minutes.
      program.configure("rate_limit = \"1MB/s\"\n");
      byte[] large = new byte[200_000_000];
      Arrays.fill(large, (byte) 7);
      Files.write(program.source.resolve("large"), large);
      Process agent =
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
      try {
        await()
            .atMost(LIMIT)
            .until(() -> program.run("status").out().contains("sending 1 file, 200,000,000"));
        Files.createDirectory(program.source.resolve("new"));
        Files.writeString(program.source.resolve("new/small"), "x");
        await().atMost(LIMIT).until(() -> Files.exists(program.copy.resolve("new/small")));
        Files.move(program.source.resolve("new"), program.source.resolve("other"));
        await().atMost(LIMIT).until(() -> Files.exists(program.copy.resolve("other/small")));
        assertThat(program.copy.resolve("large")).doesNotExist();
        assertThat(program.run("status").code()).isEqualTo(ExitCode.OK.code());
        assertThat(program.run("status").out()).contains("sending 1 file, 200,000,000 bytes");
      } finally {
        agent.destroyForcibly().onExit().join();
      }
    }
  }
}
