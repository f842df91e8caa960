package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PrintableTest {
  @Test
  void textStaysAsItIs() {
    assertThat(Printable.quoted("/srv/été 日本 \uD83D\uDE00"))
        .isEqualTo("'/srv/été 日本 \uD83D\uDE00'");
  }

  @Test
  void controlsAndMarksThatReorderTextAreEscaped() {
    assertThat(Printable.quoted("a\n\r\t\u001b[31m\u0000\u202e\u2028\uD800"))
        .isEqualTo("'a\\n\\r\\t\\u001b[31m\\u0000\\u202e\\u2028\\ud800'");
  }

  @Test
  void longTextIsCut() {
    assertThat(Printable.quoted("x".repeat(81))).isEqualTo("'" + "x".repeat(80) + "...'");
    assertThat(Printable.quoted("x".repeat(80))).isEqualTo("'" + "x".repeat(80) + "'");
  }
}
