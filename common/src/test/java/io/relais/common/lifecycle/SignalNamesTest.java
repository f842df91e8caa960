package io.relais.common.lifecycle;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SignalNamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"NONE", "", "SIGHUP", "KILL", "QUIT", "SEGV"})
  void aSignalThatCanNotBeHadIsRefused(String name) {
    assertThatThrownBy(() -> Signals.on(name, () -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }
}
