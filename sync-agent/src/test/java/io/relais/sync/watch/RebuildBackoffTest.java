package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.watch.WatchSupervisor.RebuildBackoff;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RebuildBackoffTest {
  private final RebuildBackoff pace = new RebuildBackoff();

  @Test
  void theFirstIsAtOnceAndThoseAfterItWaitLongerAndLonger() {
    Instant now = Instant.EPOCH;
    for (int expected : new int[] {0, 1, 2, 4, 8, 16, 32, 60, 60}) {
      Duration wait = pace.next(now);
      assertThat(wait).isEqualTo(Duration.ofSeconds(expected));
      now = now.plus(wait);
    }
  }

  @Test
  void afterAMinuteWithoutTroubleTheNextIsAtOnceAgain() {
    pace.next(Instant.EPOCH);
    pace.next(Instant.EPOCH);
    assertThat(pace.next(Instant.EPOCH.plusSeconds(62))).isEqualTo(Duration.ZERO);
  }

  @Test
  void aClockThatIsSetBackDoesNotHoldItUp() {
    pace.next(Instant.EPOCH);
    assertThat(pace.next(Instant.EPOCH.minusSeconds(3_600))).isEqualTo(Duration.ZERO);
  }
}
