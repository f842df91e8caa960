package io.relais.sync.config;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import io.relais.common.toml.TomlDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every mistake is one line with file, line, column and what to write instead. */
final class ConfigMistakesTest {
  private static final String HEAD = "[[sync]]\nname = \"site\"\nsource = \"/var/www/site\"\n";
  private static final String SITE = HEAD + "target = \"backup:/data/site\"\n";

  /**
   * One case of {@code mistakes.txt}.
   *
   * @param expected the lines that the case prints
   */
  record Case(String name, String toml, List<String> expected) {
    static Case parse(String block) {
      List<String> lines = block.lines().toList();
      return new Case(
          lines.getFirst(),
          lines.stream()
              .skip(1)
              .filter(line -> !line.startsWith("> "))
              .map(line -> line + "\n")
              .map(line -> line.equals("%site\n") ? SITE : line.equals("%head\n") ? HEAD : line)
              .reduce("", String::concat),
          lines.stream().filter(l -> l.startsWith("> ")).map(l -> l.substring(2)).toList());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() throws IOException {
    String text =
        Resources.toString(
            Resources.getResource(ConfigMistakesTest.class, "mistakes.txt"),
            StandardCharsets.UTF_8);
    return Splitter.on("=== ").splitToStream(text).skip(1).map(Case::parse);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void printsExactlyTheseLines(Case mistake) {
    ConfigLoader loader = new ConfigLoader(Map.of(), FakeHosts.READER);

    ConfigException thrown =
        catchThrowableOfType(
            ConfigException.class,
            () -> loader.read(TomlDocument.parse(mistake.toml(), "sync-agent.toml")));

    assertThat(thrown).isNotNull();
    assertThat(thrown.problems().stream().map(ConfigProblem::toString).collect(toImmutableList()))
        .isEqualTo(mistake.expected());
    assertThat(thrown).hasMessage(String.join("\n", mistake.expected()));
  }
}
