package io.relais.openssh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PatternsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      textBlock =
          """
          backup backup true
          backup Backup false
          backup b* true
          backup *up true
          backup b?ckup true
          backup b?kup false
          backup * true
          backup ** true
          backup ?* true
          backup backup? false
          backup *a*u* true
          backup *x* false
          192.168.0.7 192.168.0.? true
          aaaaaaaaab *a*a*a*a*c false
          """)
  void matchesOnePattern(String text, String pattern, boolean expected) {
    assertThat(Patterns.matches(text, pattern)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      textBlock =
          """
          dialup.example *.example true
          dialup.example !*.dialup.example,*.example true
          a.dialup.example !*.dialup.example,*.example false
          a.dialup.example *.example,!*.dialup.example false
          GATE.example gate.EXAMPLE true
          gate.example !other.example false
          gate.example a,b,gate.example true
          """)
  void matchesAListOfHostsWithoutRegardToCase(String host, String list, boolean expected) {
    assertThat(Patterns.matchesHost(host, list)).isEqualTo(expected);
  }

  @Test
  void anEmptyPatternMatchesOnlyNothing() {
    assertThat(Patterns.matches("", "")).isTrue();
    assertThat(Patterns.matches("a", "")).isFalse();
  }
}
