package io.relais.sync.e2e;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Everything that happens to names and attributes in a tree, in order, as inotify has it. */
final class EventLog implements AutoCloseable {
  private final Path root;
  private final Path log;
  private final Process process;

  /** Returns once the tree is watched. */
  EventLog(Path root, Path directory) throws IOException {
    this.root = root;
    this.log = Files.createTempFile(directory, "events", ".log");
    Path chatter = Files.createTempFile(directory, "inotifywait", ".log");
    process =
        new ProcessBuilder(
                "inotifywait",
                "-m",
                "-r",
                "-e",
                "moved_to,moved_from,create,delete,attrib,modify",
                "--format",
                "%e %w%f",
                root.toString())
            .redirectOutput(log.toFile())
            .redirectError(chatter.toFile())
            .start();
    await("inotifywait")
        .atMost(Duration.ofSeconds(20))
        .until(() -> Files.readString(chatter, UTF_8).contains("Watches established"));
  }

  /** What happened so far: the event, a space, and the path below the root. */
  ImmutableList<String> events() throws IOException {
    String prefix = " " + root + "/";
    return Files.readAllLines(log, UTF_8).stream()
        .map(line -> line.replace(prefix, " "))
        .collect(toImmutableList());
  }

  @Override
  public void close() {
    process.destroy();
  }
}
