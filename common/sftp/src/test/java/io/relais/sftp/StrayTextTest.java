package io.relais.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StrayTextTest {
  private static byte[] bytes(String text) {
    return text.replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\0", "\0")
        .replace("\\e", "\u001B")
        .getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Welcome to web1\\n\\0\\0\\0\\5\u0002 | Welcome to web1",
        "\\r\\n\\n  *** Notice ***  \\r\\nmore | *** Notice ***",
        "\\e[1;32mhello\\e[0m there | hello there",
        "Gr\u00c3\u00bc\u00c3\u009fe\\n | Gr\u00fc\u00dfe",
        "\u0007\u0001\u0002 | ''",
        "\u00ff\u00ff\u00ff\u00ffab | ''",
      })
  void isShownWithoutWhatIsNoText(String sent, String shown) {
    byte[] bytes = bytes(sent);
    assertThat(StrayText.shown(bytes, 0, bytes.length)).isEqualTo(shown);
  }
}
