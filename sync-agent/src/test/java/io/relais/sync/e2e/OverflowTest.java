package io.relais.sync.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** More events at once than a queue holds, with each way to watch. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class OverflowTest {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "auto, " + AgentProcess.DEEP_QUEUE,
    "directory-watcher, " + AgentProcess.SHALLOW_QUEUE,
  })
  void burstsConverge(String watcher, String queue) throws IOException {
    try (Rig rig = Rig.in(directory, "delete_guard = { share = 1.0, entries = 1_000_000 }")) {
      rig.watchWith(watcher);
      rig.startAgent(queue);
      rig.awaitState("in-sync");
      manyFiles(rig.source().resolve("many"));
      manyTrees(rig.source());
      rig.awaitEqual(LIMIT);
      checkOut(rig.source());
      rig.awaitEqual(LIMIT);
    }
  }

  private static void manyFiles(Path into) throws IOException {
    Files.createDirectory(into);
    for (int i = 0; i < 20_000; i++) {
      Files.writeString(into.resolve("f" + i), "content " + i);
    }
  }

  private static void manyTrees(Path source) throws IOException {
    for (int i = 0; i < 300; i++) {
      Path deepest = Files.createDirectories(source.resolve("t" + i + "/a/b/c/d"));
      for (int j = 0; j < 3; j++) {
        Files.writeString(deepest.resolve("f" + j), "deep " + i);
      }
    }
  }

  /** Every file is unlinked and made anew, as git does when a branch is switched. */
  private static void checkOut(Path source) throws IOException {
    for (int i = 0; i < 20_000; i += 2) {
      Path file = source.resolve("many/f" + i);
      Files.delete(file);
      if (i % 5 != 0) {
        Files.writeString(file, "branch! " + i);
      }
    }
    for (int i = 0; i < 300; i += 3) {
      Files.move(source.resolve("t" + i), source.resolve("moved" + i));
    }
  }
}
