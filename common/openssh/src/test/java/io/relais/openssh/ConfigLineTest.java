package io.relais.openssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.relais.openssh.ConfigLine.ConfigLocation;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ConfigLineTest {
  static Stream<Arguments> lines() {
    return Stream.of(
        line("Port 22", "Port", "22"),
        line("  Port\t22  \r", "Port", "22"),
        line("Port=22", "Port", "22"),
        line("Port = 22", "Port", "22"),
        line("Port ==22", "Port", "=22"),
        line("\"Port\" 22", "Port", "22"),
        line("Port 22 # usual", "Port", "22"),
        line("Port 22#usual", "Port", "22#usual"),
        line("Port \"22\"", "Port", "22"),
        line("Port 22\f", "Port", "22"),
        line("IdentityFile \"/a b/c\"", "IdentityFile", "/a b/c"),
        line("IdentityFile '/a b/c'", "IdentityFile", "/a b/c"),
        line("IdentityFile /a\\ b/c", "IdentityFile", "/a b/c"),
        line("IdentityFile /a\\b", "IdentityFile", "/a\\b"),
        line("IdentityFile \"/a\\\"b\"", "IdentityFile", "/a\"b"),
        line("IdentityFile /a\" b\"/c", "IdentityFile", "/a b/c"),
        line("IdentityFile \"a\\ b\"", "IdentityFile", "a\\ b"),
        line("Host a b  \"c d\"", "Host", "a", "b", "c d"),
        line("Host a \"#b\" #c d", "Host", "a", "#b"),
        line("Host \"\"", "Host", ""),
        line("Host #a", "Host"));
  }

  private static Arguments line(String text, String keyword, String... arguments) {
    return Arguments.of(text, keyword, List.of(arguments));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void splitsALineAsOpenSshDoes(String text, String keyword, List<String> arguments)
      throws SshConfigException {
    ConfigLine line = Objects.requireNonNull(parse(text));

    assertThat(line.spelled()).isEqualTo(keyword);
    assertThat(line.arguments()).isEqualTo(arguments);
  }

  @Test
  void emptyLinesAndCommentsSayNothing() throws SshConfigException {
    for (String text : ImmutableList.of("", "  ", "\t\r", "# Port 22", "   #x", "\f")) {
      assertThat(parse(text)).as("'%s'", text).isNull();
    }
  }

  @Test
  void anUnclosedQuoteIsRefused() {
    assertThatThrownBy(() -> parse("User \"a b")).hasMessageContaining("a quote is not closed");
    assertThatThrownBy(() -> parse("User it's")).hasMessageContaining("a quote is not closed");
  }

  private static @Nullable ConfigLine parse(String text) throws SshConfigException {
    return ConfigLine.parse(new ConfigLocation(Path.of("/c/config"), 1), text, true);
  }
}
