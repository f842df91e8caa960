package io.relais.failover.state;

import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An empty file, made while all is well, and what it says is its time: a full disk still takes
 * that.
 */
record MarkerFile(Path file) {
  private static final FileTime NEVER = FileTime.from(Instant.EPOCH);

  /** The time that it says; empty if it says none, or can't be read. */
  Optional<Instant> time() {
    try {
      return FileAccess.exists(file)
          ? Optional.of(Files.getLastModifiedTime(file))
              .filter(time -> !time.equals(NEVER))
              .map(FileTime::toInstant)
          : Optional.empty();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  boolean isWithin(Duration time, Instant now) {
    return time()
        .filter(at -> !at.isAfter(now))
        .filter(at -> Duration.between(at, now).compareTo(time) < 0)
        .isPresent();
  }

  void set(Instant now) {
    set(FileTime.from(now));
  }

  /** Makes it, if it is not there. */
  void clear() {
    if (!FileAccess.exists(file) || time().isPresent()) {
      set(NEVER);
    }
  }

  private void set(FileTime time) {
    try {
      if (!FileAccess.exists(file)) {
        Files.createFile(file, DurableFile.privateMode(file));
      }
      Files.setLastModifiedTime(file, time);
    } catch (IOException _) {
      // Then nothing is known, which is what time() says.
    }
  }
}
