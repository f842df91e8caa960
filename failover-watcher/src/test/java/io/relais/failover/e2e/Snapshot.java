package io.relais.failover.e2e;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** A bed's state directory and the site's record, to begin from more than once. */
final class Snapshot {
  private final FailoverBed bed;
  private final Path copy;
  private final String target;
  private final long ttl;

  /** Takes it; no program may be at work. */
  Snapshot(FailoverBed bed) throws IOException {
    this.bed = bed;
    this.copy = Files.createTempDirectory(bed.folder, "snapshot");
    copy(bed.state(), copy);
    List<String> words = List.of(bed.records().first().split(" "));
    this.ttl = Long.parseLong(words.get(1));
    this.target = words.get(3);
  }

  /** Makes everything as it was then. */
  void restore() throws IOException {
    MoreFiles.deleteRecursively(bed.state(), RecursiveDeleteOption.ALLOW_INSECURE);
    copy(copy, bed.state());
    bed.point(target, ttl);
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
