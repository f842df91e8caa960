package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoundTripBudgetTest {
  @ParameterizedTest
  @CsvSource({
    // ms, alone, others, files
    "0,   800, 0, 800",
    "0,   800, 3, 800",
    "9,   800, 3, 800",
    "12,  800, 3, 960",
    "30,  800, 7, 2400",
    "60,  800, 7, 4200",
    "150, 800, 0, 800",
    "150, 800, 1, 800",
    "150, 800, 3, 1800",
    "150, 800, 7, 4200",
    "900, 800, 7, 4200",
    // A server that allows few handles allows as few on each channel.
    "150, 100, 7, 700",
    "0,   32,  3, 32"
  })
  void growsWithTheRoundTripAsFarAsTheChannelsCarry(
      int millis, int alone, int others, int expected) {
    assertThat(new RoundTripBudget(Duration.ofMillis(millis)).filesAtOnce(alone, others))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 160", "19, 160", "20, 320", "300, 320"})
  void opensMoreWhenFar(int millis, int ahead) {
    RoundTripBudget roundTripBudget = new RoundTripBudget(Duration.ofMillis(millis));

    assertThat(roundTripBudget.filesAhead(false)).isEqualTo(ahead);
    assertThat(roundTripBudget.filesAhead(true)).isEqualTo(160);
  }
}
