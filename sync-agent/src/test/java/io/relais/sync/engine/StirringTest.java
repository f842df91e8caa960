package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

final class StirringTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Stirring stirring = new Stirring();

  @Test
  void isNeverDueWhileNothingChanges() {
    assertThat(stirring.isDue(START)).isFalse();
    assertThat(stirring.isDue(Instant.MAX)).isFalse();
  }

  @Test
  void isDueOnceItIsQuiet() {
    stirring.note(START);
    stirring.note(START.plusMillis(900));

    assertThat(stirring.isDue(START.plusMillis(1_899))).isFalse();
    assertThat(stirring.isDue(START.plusMillis(1_900))).isTrue();
  }

  @Test
  void isDueAfterHalfAMinuteThoughItIsNeverQuiet() {
    for (int i = 0; i < 30_000; i += 500) {
      stirring.note(START.plusMillis(i));
      assertThat(stirring.isDue(START.plusMillis(i))).isFalse();
    }

    stirring.note(START.plusSeconds(30));

    assertThat(stirring.isDue(START.plusSeconds(30))).isTrue();
  }

  @Test
  void beginsAnewOnceItWasLookedAt() {
    stirring.note(START);
    stirring.clear();

    assertThat(stirring.isDue(START.plusSeconds(60))).isFalse();
    stirring.note(START.plusSeconds(60));
    assertThat(stirring.isDue(START.plusSeconds(60))).isFalse();
    assertThat(stirring.isDue(START.plusSeconds(61))).isTrue();
  }
}
