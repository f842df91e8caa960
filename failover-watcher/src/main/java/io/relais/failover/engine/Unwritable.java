package io.relais.failover.engine;

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
 * {@code unwritable}: since when the state can't be written, as people were told. It is an empty
 * file, made while all is well, and what it says is its time: a full disk still takes that. For one
 * thread.
 */
public final class Unwritable {
  private static final FileTime NEVER = FileTime.from(Instant.EPOCH);

  private final Path file;

  public Unwritable(Path stateDirectory) {
    this.file = stateDirectory.resolve("unwritable");
  }

  /** When it was last told; empty if the state can be written, or nobody knows. */
  public Optional<Instant> told() {
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

  /** Whether it was told so recently that it need not be again. */
  boolean isKnown(Duration repeatAfter, Instant now) {
    return told()
        .filter(at -> !at.isAfter(now))
        .filter(at -> Duration.between(at, now).compareTo(repeatAfter) < 0)
        .isPresent();
  }

  /** Notes that it is told now; where even that can't be kept, it is told again by the next run. */
  void note(Instant now) {
    set(FileTime.from(now));
  }

  /** The state was written. */
  void clear() {
    if (!FileAccess.exists(file) || told().isPresent()) {
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
      // Then nothing is known, which is what told() says.
    }
  }
}
