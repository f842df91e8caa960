package io.relais.failover.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.heartbeat.Heartbeat;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PulseTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private static Heartbeat beat(long sequence, long second) {
    return new Heartbeat("site", sequence, NOW.plusSeconds(second), Optional.empty(), 0);
  }

  @Test
  void patienceIsAPeriodAndAHalf() {
    Pulse pulse = Pulse.first(beat(7, 0), NOW).after(beat(8, 10), NOW.plusSeconds(10));
    assertThat(pulse.beating(NOW.plusSeconds(10 + 17))).isTrue();
    assertThat(pulse.beating(NOW.plusSeconds(10 + 18))).isFalse();
  }

  /** We look once a minute, and see one heartbeat late and the next at once. */
  @Test
  void thePeriodIsProductionsAndNotOurs() {
    Pulse pulse =
        Pulse.first(beat(7, 0), NOW.plusSeconds(29)).after(beat(8, 30), NOW.plusSeconds(30));
    assertThat(pulse.beating(NOW.plusSeconds(60))).isTrue();
    Pulse later = pulse.after(beat(10, 90), NOW.plusSeconds(95));
    assertThat(later.beating(NOW.plusSeconds(95 + 47))).isTrue();
    assertThat(later.beating(NOW.plusSeconds(95 + 48))).isFalse();
  }

  @Test
  void anotherRunOfTheAgentKeepsThePeriod() {
    Pulse pulse =
        Pulse.first(beat(7, 0), NOW)
            .after(beat(1_000_000, 40), NOW.plusSeconds(40))
            .after(beat(5, 60), NOW.plusSeconds(60));
    assertThat(pulse.period()).hasSeconds(30);
  }

  @Test
  void theSameHeartbeatReadAgainIsNoSignOfLife() {
    Pulse pulse = Pulse.first(beat(7, 0), NOW).after(beat(7, 0), NOW.plusSeconds(100));
    assertThat(pulse.beating(NOW.plusSeconds(100))).isFalse();
  }
}
