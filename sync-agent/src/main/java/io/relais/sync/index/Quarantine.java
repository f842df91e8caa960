package io.relais.sync.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where unfit databases go: next to the index, the newest two of them. */
final class Quarantine {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final int KEPT = 2;

  private final Path database;
  private final InstantSource clock;

  Quarantine(Path database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /** Sets the closed database aside, and gives its new path. */
  Path take() throws IOException {
    Path aside = database.resolveSibling(prefix() + STAMP.format(clock.instant()));
    // The log must not be applied to the next database. What it held is lost with this one.
    Files.deleteIfExists(sibling("-wal"));
    Files.deleteIfExists(sibling("-shm"));
    Files.deleteIfExists(sibling("-journal"));
    try {
      Files.deleteIfExists(aside);
      Files.move(database, aside);
    } catch (NoSuchFileException e) {
      // It vanished: there is nothing to look at, and nothing in the way.
    }
    for (Path old : taken().skip(KEPT).toList()) {
      Files.delete(old);
    }
    return aside;
  }

  private Stream<Path> taken() throws IOException {
    try (Stream<Path> siblings = Files.list(database.toAbsolutePath().getParent())) {
      List<Path> taken =
          siblings.filter(path -> path.getFileName().toString().startsWith(prefix())).toList();
      return taken.stream().sorted(Comparator.comparing(Path::toString).reversed());
    }
  }

  private String prefix() {
    return database.getFileName() + ".corrupt-";
  }

  private Path sibling(String suffix) {
    return database.resolveSibling(database.getFileName() + suffix);
  }
}
