package io.relais.failover.e2e;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** A stage's state directory and the site's record, to begin from more than once. */
final class Snapshot {
  private final Stage stage;
  private final Path copy;
  private final String target;
  private final long ttl;

  /** Takes it; no program may be at work. */
  Snapshot(Stage stage) throws IOException {
    this.stage = stage;
    this.copy = Files.createTempDirectory(stage.folder, "snapshot");
    copy(stage.state(), copy);
    List<String> words = List.of(stage.records().first().split(" "));
    this.ttl = Long.parseLong(words.get(1));
    this.target = words.get(3);
  }

  /** Makes everything as it was then. */
  void restore() throws IOException {
    MoreFiles.deleteRecursively(stage.state(), RecursiveDeleteOption.ALLOW_INSECURE);
    copy(copy, stage.state());
    stage.point(target, ttl);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path place = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(place);
        } else {
          Files.copy(file, place, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }
}
