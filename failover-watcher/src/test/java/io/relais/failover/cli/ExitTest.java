package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.failover.decide.Phase;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExitTest {
  @ParameterizedTest
  @CsvSource({
    "UP, 0",
    "SUSPECT, 11",
    "DOWN, 11",
    "SWITCHING, 14",
    "ON_BACKUP, 10",
    "RECOVERING, 10",
    "FAILING_BACK, 14",
    "BLIND, 12",
    "HALTED, 6"
  })
  void eachPhaseHasItsCode(Phase phase, int code) {
    assertThat(Exit.of(phase).code()).isEqualTo(code);
  }

  @Test
  void noTwoShareACode() {
    assertThat(Arrays.stream(Exit.values()).map(Exit::code)).doesNotHaveDuplicates();
  }
}
