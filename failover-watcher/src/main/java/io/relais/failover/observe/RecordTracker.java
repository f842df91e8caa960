package io.relais.failover.observe;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.decide.RecordPlace;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Where the records point, asked no more often than needed: a change reads them again before it
 * begins, whatever is remembered here. For one thread.
 */
public final class RecordTracker {
  private final RecordChanger changer;
  private final Duration interval;
  private RecordLocation last = new RecordLocation(RecordPlace.UNKNOWN, "not asked yet");
  private Optional<Instant> asked = Optional.empty();
  private Optional<BackupAddresses> about = Optional.empty();

  public RecordTracker(RecordChanger changer, Duration interval) {
    this.changer = changer;
    this.interval = interval;
  }

  /** Asks if the last answer is too old, or the backup is elsewhere by now. */
  RecordLocation look(Optional<BackupAddresses> backup, Instant now) throws InterruptedException {
    boolean fresh =
        asked
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(interval) < 0)
            .isPresent();
    if (!fresh || !about.equals(backup)) {
      last = judged(changer.location(backup), backup);
      asked = Optional.of(now);
      about = backup;
    }
    return last;
  }

  /** As long as we don't know where the backup is, nobody can say that the records are foreign. */
  private static RecordLocation judged(RecordLocation said, Optional<BackupAddresses> backup) {
    return said.place() == RecordPlace.FOREIGN && backup.isEmpty()
        ? new RecordLocation(
            RecordPlace.UNKNOWN,
            said.detail() + ": not production's, and the backup's address is not known yet")
        : said;
  }

  /** The next look asks again. */
  public void expire() {
    asked = Optional.empty();
  }
}
