package io.relais.common.toml;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TomlDocumentTest {
  enum Color {
    RED,
    DARK_BLUE
  }

  @Test
  void valuesHaveTheirTypes() throws ConfigException {
    TomlDocument document =
        TomlDocument.parse(
            """
            s = "text"
            b = true
            i = 7
            d = 0.5
            whole = 1
            wait = "1h30m"
            size = "4MiB"
            color = "dark-blue"
            path = "/srv//www/./x/"
            list = ["a", "b"]
            [table]
            key = "v"
            [[many]]
            n = 1
            [[many]]
            n = 2
            """,
            "f");
    TomlSection root = document.root();

    assertThat(root.string("s").get()).isEqualTo("text");
    assertThat(root.bool("b").get()).isTrue();
    assertThat(root.integer("i").get()).isEqualTo(7);
    assertThat(root.number("d").get()).isEqualTo(0.5);
    assertThat(root.number("whole").get()).isEqualTo(1.0);
    assertThat(root.duration("wait").get()).isEqualTo(Duration.ofMinutes(90));
    assertThat(root.size("size").get()).isEqualTo(4L << 20);
    assertThat(root.oneOf("color", Color.class).get()).isEqualTo(Color.DARK_BLUE);
    assertThat(root.absolutePath("path").get()).isEqualTo(Path.of("/srv/www/x"));
    assertThat(root.strings("list").get()).extracting(Setting::get).containsExactly("a", "b");
    assertThat(root.table("table").string("key").get()).isEqualTo("v");
    assertThat(root.tables("many"))
        .extracting(table -> table.integer("n").get())
        .containsExactly(1, 2);
    assertThatCode(document::finish).doesNotThrowAnyException();
  }

  @Test
  void whatIsNotThereHasNoValue() throws ConfigException {
    TomlDocument document = TomlDocument.parse("", "f");
    TomlSection root = document.root();

    assertThat(root.string("s").isPresent()).isFalse();
    assertThat(root.string("s").value()).isEmpty();
    assertThat(root.string("s").or("x")).isEqualTo("x");
    assertThat(root.table("t").isPresent()).isFalse();
    assertThat(root.table("t").bool("b").or(true)).isTrue();
    assertThat(root.tables("m")).isEmpty();
    assertThatThrownBy(() -> root.string("s").get()).isInstanceOf(IllegalStateException.class);
    assertThatCode(document::finish).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "50ms, PT0.05S",
    "2s, PT2S",
    "1h, PT1H",
    "1h30m, PT1H30M",
    "7d, PT168H",
    "1m500ms, PT1M0.5S"
  })
  void durationsHaveUnits(String text, Duration duration) throws ConfigException {
    assertThat(TomlDocument.parse("k = \"" + text + "\"", "f").root().duration("k").get())
        .isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "50", "1.5h", "-1s", "30m1h", "1h1h", " 1s", "1S", "s", "9999d", "0s"})
  void otherDurationsAreMistakes(String text) throws ConfigException {
    TomlDocument document = TomlDocument.parse("k = \"" + text + "\"", "f");

    assertThat(document.root().duration("k").value()).isEmpty();
    assertThatThrownBy(document::finish).hasMessageStartingWith("f:1:5: 'k': '" + text + "' is ");
  }

  @ParameterizedTest
  @CsvSource({"0B, 0", "250kB, 250000", "4MiB, 4194304", "1GB, 1000000000", "2GiB, 2147483648"})
  void sizesHaveUnits(String text, long bytes) throws ConfigException {
    assertThat(TomlDocument.parse("k = \"" + text + "\"", "f").root().size("k").get())
        .isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4", "4M", "4mib", "4KB", "-1B", "1.5MiB", "9999999999B"})
  void otherSizesAreMistakes(String text) throws ConfigException {
    TomlDocument document = TomlDocument.parse("k = \"" + text + "\"", "f");

    assertThat(document.root().size("k").value()).isEmpty();
    assertThatThrownBy(document::finish)
        .hasMessage(
            "f:1:5: 'k': '"
                + text
                + "' is not a valid size; write a whole number with B, kB, MB, GB, KiB, MiB, GiB, as in"
                + " \"4MiB\" or \"250kB\"");
  }

  @Test
  void everyMistakeIsToldInTheOrderOfTheFile() throws ConfigException {
    TomlDocument document = TomlDocument.parse("a = 1\nb = 2\nc = 3\n", "f");
    document.root().string("c");
    document.root().bool("b");

    assertThatThrownBy(document::finish)
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems())
                    .extracting(ConfigProblem::line, ConfigProblem::column)
                    .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, 1),
                        org.assertj.core.groups.Tuple.tuple(2, 5),
                        org.assertj.core.groups.Tuple.tuple(3, 5)));
  }

  @Test
  void aKeyThatIsHardToPrintIsEscapedAndCut() throws ConfigException {
    TomlDocument document = TomlDocument.parse("\"\\u001b[31m" + "x".repeat(100) + "\" = 1\n", "f");
    document.root().string("a");

    assertThatThrownBy(document::finish)
        .hasMessage(
            "f:1:1: unknown key '\\u001b[31m"
                + "x".repeat(75)
                + "...' at the top level; known here: a");
  }

  @Test
  void everySyntaxErrorIsTold() {
    assertThatThrownBy(() -> TomlDocument.parse("a = yes\nb = 1\nc : 2\n", "f"))
        .hasMessage(
            "f:1:5: not TOML: Unexpected 'y', expected a value; write a = true\n"
                + "f:3:3: not TOML: Unexpected ':', expected . or =; write c = ..., with an equals"
                + " sign");
  }

  @Test
  void aSyntaxErrorNeverRepeatsAWholeValue() {
    assertThatThrownBy(() -> TomlDocument.parse("secret = hunter2hunter2\n", "f"))
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void filesThatCanNotBeReadAreOneLine(@TempDir Path directory) throws Exception {
    Path latin1 = directory.resolve("latin1.toml");
    Files.write(latin1, "a = 1\n# caf\u00e9\n".getBytes(ISO_8859_1));
    Path large = directory.resolve("large.toml");
    Files.writeString(large, "#".repeat((1 << 20) + 1));

    assertThatThrownBy(() -> TomlDocument.read(directory.resolve("none")))
        .hasMessage(directory + "/none: there is no such file; name another with -c FILE");
    assertThatThrownBy(() -> TomlDocument.read(directory))
        .hasMessage(directory + ": is a directory; name the file in it");
    assertThatThrownBy(() -> TomlDocument.read(latin1))
        .hasMessage(latin1 + ":2:6: a byte that is not UTF-8; save the file as UTF-8");
    assertThatThrownBy(() -> TomlDocument.read(large))
        .hasMessage(large + ": is larger than 1 MiB: this is not a configuration file");
  }

  @Test
  void aProblemWithoutAPlaceNamesOnlyTheFile() {
    ConfigProblem problem = new ConfigProblem("a\nb", 0, 0, "is bad; mend it");

    assertThat(problem).hasToString("a\\nb: is bad; mend it");
    assertThat(List.of(problem).getFirst().line()).isZero();
  }

  @Test
  void aNumberMayHave64Bits() throws ConfigException {
    TomlSection root = TomlDocument.parse("id = 5301234567", "x").root();

    assertThat(root.longInteger("id").get()).isEqualTo(5_301_234_567L);
  }

  @Test
  void aDurationMayBeAWord() throws ConfigException {
    TomlDocument document = TomlDocument.parse("a = \"1m\"\nb = \"keep\"\nc = \"keen\"", "x");

    assertThat(document.root().durationOr("a", "keep").get()).contains(Duration.ofMinutes(1));
    assertThat(document.root().durationOr("b", "keep").get()).isEmpty();
    document.root().durationOr("c", "keep");
    assertThatThrownBy(document::finish)
        .hasMessageStartingWith("x:3:5: 'c': 'keen' is not a valid duration; ")
        .hasMessageEndingWith(", or \"keep\"");
  }

  @ParameterizedTest
  @CsvSource({
    "name, /run/credentials/u/name",
    "/etc/name, /etc/name",
  })
  void aBareNameIsACredential(String text, String path) throws ConfigException {
    TomlDocument document = TomlDocument.parse("a = \"" + text + "\"", "x");

    assertThat(
            document.root().pathOrCredential("a", Optional.of(Path.of("/run/credentials/u"))).get())
        .isEqualTo(Path.of(path));
  }

  @Test
  void aBareNameNeedsADirectoryOfCredentials() throws ConfigException {
    TomlDocument document = TomlDocument.parse("a = \"name\"", "x");

    document.root().pathOrCredential("a", Optional.empty());

    assertThatThrownBy(document::finish)
        .hasMessageStartingWith("x:1:5: 'a': 'name' is a bare name, which means a credential");
  }

  @Test
  void aListInAListOfTablesIsCalledByBothNames() throws ConfigException {
    TomlDocument document = TomlDocument.parse("[[a]]\n[[a.b]]\nx = 1\n", "x");

    TomlSection inner = document.root().tables("a").getFirst().tables("b").getFirst();

    assertThat(inner.header()).isEqualTo("[[a.b]]");
  }

  @Test
  void anElementOfAnotherTypeIsAMistakeAndStillAnElement() throws ConfigException {
    TomlDocument document = TomlDocument.parse("a = [51]", "x");

    assertThat(document.root().strings("a").get())
        .singleElement()
        .satisfies(
            element -> {
              assertThat(element.isPresent()).isTrue();
              assertThat(element.value()).isEmpty();
            });
    assertThatThrownBy(document::finish)
        .hasMessage("x:1:6: 'a' must hold only strings, not a whole number; put each in quotes");
  }

  @Test
  void anEmptyArrayIsNoListOfTables() throws ConfigException {
    TomlDocument document = TomlDocument.parse("a = []", "x");

    assertThat(document.root().tables("a")).isEmpty();
    assertThatThrownBy(document::finish)
        .hasMessage("x:1:1: 'a' is a list of tables; write [[a]] above each");
  }

  @Test
  void aKeyThatWasLookedForIsKnown() throws ConfigException {
    TomlDocument document = TomlDocument.parse("a = 1", "x");

    assertThat(document.root().has("a")).isTrue();
    assertThat(document.root().has("b")).isFalse();
    assertThatCode(document::finish).doesNotThrowAnyException();
  }
}
