package io.relais.failover.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.heartbeat.Heartbeat;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HeartbeatHistoryTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private static Heartbeat beat(long sequence, long second) {
    return new Heartbeat(
        "site",
        sequence,
        NOW.plusSeconds(second),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty());
  }

  @Test
  void patienceIsAPeriodAndAHalf() {
    HeartbeatHistory heartbeatHistory =
        HeartbeatHistory.first(beat(7, 0), NOW).after(beat(8, 10), NOW.plusSeconds(10));
    assertThat(heartbeatHistory.beating(NOW.plusSeconds(10 + 17))).isTrue();
    assertThat(heartbeatHistory.beating(NOW.plusSeconds(10 + 18))).isFalse();
  }

  /** We look once a minute, and see one heartbeat late and the next at once. */
  @Test
  void thePeriodIsProductionsAndNotOurs() {
    HeartbeatHistory heartbeatHistory =
        HeartbeatHistory.first(beat(7, 0), NOW.plusSeconds(29))
            .after(beat(8, 30), NOW.plusSeconds(30));
    assertThat(heartbeatHistory.beating(NOW.plusSeconds(60))).isTrue();
    HeartbeatHistory later = heartbeatHistory.after(beat(10, 90), NOW.plusSeconds(95));
    assertThat(later.beating(NOW.plusSeconds(95 + 47))).isTrue();
    assertThat(later.beating(NOW.plusSeconds(95 + 48))).isFalse();
  }

  @Test
  void anotherRunOfTheAgentKeepsThePeriod() {
    HeartbeatHistory heartbeatHistory =
        HeartbeatHistory.first(beat(7, 0), NOW)
            .after(beat(1_000_000, 40), NOW.plusSeconds(40))
            .after(beat(5, 60), NOW.plusSeconds(60));
    assertThat(heartbeatHistory.period()).hasSeconds(30);
  }

  @Test
  void theSameHeartbeatReadAgainIsNoSignOfLife() {
    HeartbeatHistory heartbeatHistory =
        HeartbeatHistory.first(beat(7, 0), NOW).after(beat(7, 0), NOW.plusSeconds(100));
    assertThat(heartbeatHistory.beating(NOW.plusSeconds(100))).isFalse();
  }
}
