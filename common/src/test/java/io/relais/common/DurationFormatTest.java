package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DurationFormatTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.85S, 850 ms",
    "PT1S, 1 s",
    "PT4.26S, 4.2 s",
    "PT59.99S, 59.9 s",
    "PT1M, 1 min",
    "PT3M20S, 3 min 20 s",
    "PT1H, 1 h",
    "PT2H5M59S, 2 h 5 min",
    "PT24H, 1 d",
    "PT76H30M, 3 d 4 h",
    "PT-90S, -1 min 30 s"
  })
  void saysATimeInTwoUnitsAtMost(Duration time, String text) {
    assertThat(DurationFormat.of(time)).isEqualTo(text);
  }
}
