package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

final class HaltedChangeTimerTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final HaltedChangeTimer haltedChangeTimer = new HaltedChangeTimer();

  @Test
  void isNeverDueWhileNothingChanges() {
    assertThat(haltedChangeTimer.isDue(START)).isFalse();
    assertThat(haltedChangeTimer.isDue(Instant.MAX)).isFalse();
  }

  @Test
  void isDueOnceItIsQuiet() {
    haltedChangeTimer.note(START);
    haltedChangeTimer.note(START.plusMillis(900));

    assertThat(haltedChangeTimer.isDue(START.plusMillis(1_899))).isFalse();
    assertThat(haltedChangeTimer.isDue(START.plusMillis(1_900))).isTrue();
  }

  @Test
  void isDueAfterHalfAMinuteThoughItIsNeverQuiet() {
    for (int i = 0; i < 30_000; i += 500) {
      haltedChangeTimer.note(START.plusMillis(i));
      assertThat(haltedChangeTimer.isDue(START.plusMillis(i))).isFalse();
    }

    haltedChangeTimer.note(START.plusSeconds(30));

    assertThat(haltedChangeTimer.isDue(START.plusSeconds(30))).isTrue();
  }

  @Test
  void beginsAnewOnceItWasLookedAt() {
    haltedChangeTimer.note(START);
    haltedChangeTimer.clear();

    assertThat(haltedChangeTimer.isDue(START.plusSeconds(60))).isFalse();
    haltedChangeTimer.note(START.plusSeconds(60));
    assertThat(haltedChangeTimer.isDue(START.plusSeconds(60))).isFalse();
    assertThat(haltedChangeTimer.isDue(START.plusSeconds(61))).isTrue();
  }
}
