package io.relais.failover.engine;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.Changer;
import io.relais.failover.change.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Where the records point, asked no more often than needed: a change reads them anew before it
 * begins, whatever is remembered here. For one thread.
 */
final class ZoneWatch {
  private final Changer changer;
  private final Duration interval;
  private Standing last = new Standing(Standing.Where.UNKNOWN, "not asked yet");
  private Optional<Instant> asked = Optional.empty();

  ZoneWatch(Changer changer, Duration interval) {
    this.changer = changer;
    this.interval = interval;
  }

  /** Asks if the last answer is too old. */
  Standing look(Optional<BackupAddresses> backup, Instant now) throws InterruptedException {
    boolean fresh =
        asked
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(interval) < 0)
            .isPresent();
    if (!fresh) {
      last = changer.standing(backup);
      asked = Optional.of(now);
    }
    return last;
  }

  /** The next look asks anew. */
  void expire() {
    asked = Optional.empty();
  }
}
