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
 * What people were told while the state can't be written: {@code unwritable}, that it can't be;
 * {@code unwritable.last}, when that was told last, also once it is over; and {@code
 * unwritable.outage}, that nothing is done against an outage. For one thread.
 */
public final class StateWriteFailure {
  private final MarkerFile state;
  private final MarkerFile last;
  private final MarkerFile outage;

  public StateWriteFailure(Path stateDirectory) {
    this.state = new MarkerFile(stateDirectory.resolve("unwritable"));
    this.last = new MarkerFile(stateDirectory.resolve("unwritable.last"));
    this.outage = new MarkerFile(stateDirectory.resolve("unwritable.outage"));
  }

  /** When it was last told; empty if the state can be written, or nobody knows. */
  public Optional<Instant> told() {
    return state.time();
  }

  /** When an outage was last told; empty if there is none, or nobody knows. */
  public Optional<Instant> outageTold() {
    return outage.time();
  }

  /** Whether it was told so recently that it need not be again. */
  boolean isKnown(Duration repeatAfter, Instant now) {
    return last.isWithin(repeatAfter, now);
  }

  boolean isOutageKnown(Duration repeatAfter, Instant now) {
    return outage.isWithin(repeatAfter, now);
  }

  /** Notes that it is told now; where even that can't be kept, it is told again by the next run. */
  public void note(Instant now) {
    state.set(now);
    last.set(now);
  }

  void noteOutage(Instant now) {
    outage.set(now);
  }

  /** The state was written. */
  void clear() {
    state.clear();
    last.make();
    outage.make();
  }

  /** What is told of it next is of another. */
  void clearOutage() {
    outage.clear();
  }

  /**
   * An empty file, made while all is well, and what it says is its time: a full disk still takes
   * that.
   */
  private record MarkerFile(Path file) {
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

    /** Makes it, if it is not there; it says no time then. */
    void make() {
      if (!FileAccess.exists(file)) {
        set(NEVER);
      }
    }

    /** It says no time any more. */
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
}
