package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every mistake, and every warning, is one line with file, line, column and what to do. */
final class ConfigMistakesTest {
  @TempDir private Path directory;

  /**
   * One case of a file.
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
              .reduce("", String::concat),
          lines.stream().filter(l -> l.startsWith("> ")).map(l -> l.substring(2)).toList());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> mistakes() throws IOException {
    return cases("mistakes.txt");
  }

  static Stream<Case> warnings() throws IOException {
    return cases("warnings.txt");
  }

  private static Stream<Case> cases(String file) throws IOException {
    String text = Resources.toString(Resources.getResource(ConfigMistakesTest.class, file), UTF_8);
    return Splitter.on("=== ").splitToStream(text).skip(1).map(Case::parse);
  }

  @BeforeEach
  void writeSecrets() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().waitFor())
        .isZero();
    ConfigFiles.secret(directory, "tsig.key", "c2VjcmV0\n");
    ConfigFiles.secret(directory, "empty", "");
    ConfigFiles.secret(directory, "sentence", "key \"failover\" { secret s3cr3t; };");
    ConfigFiles.secret(directory, "open-key", "s3cr3t");
    ConfigFiles.secret(directory, "url", "https://hooks.example.org/s3cr3t\n");
    ConfigFiles.secret(directory, "open-url", "http://hooks.example.org/s3cr3t\n");
    Path open = ConfigFiles.secret(directory, "open", "s3cr3t");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
    ConfigFiles.secret(Files.createDirectory(directory.resolve("shared")), "ifttt.key", "s3cr3t");
    Files.setPosixFilePermissions(
        directory.resolve("shared"), PosixFilePermissions.fromString("rwxrwxrwx"));
    Path changeable = ConfigFiles.secret(directory, "changeable.pem", "");
    Files.setPosixFilePermissions(changeable, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.createDirectory(directory.resolve("directory"));
    Files.setPosixFilePermissions(
        directory.resolve("directory"), PosixFilePermissions.fromString("rwx------"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void printsExactlyTheseLines(Case mistake) {
    String toml = ConfigFiles.expand(mistake.toml(), directory);

    ConfigException thrown =
        catchThrowableOfType(ConfigException.class, () -> ConfigFiles.check(toml));

    assertThat(thrown).isNotNull();
    assertThat(lines(thrown.problems())).isEqualTo(mistake.expected());
    assertThat(thrown.toString()).doesNotContain("s3cr3t");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("warnings")
  void warnsInExactlyTheseLines(Case warning) throws Exception {
    var checked = ConfigFiles.check(ConfigFiles.expand(warning.toml(), directory));

    assertThat(lines(checked.warnings())).isEqualTo(warning.expected());
    assertThat(checked.toString()).doesNotContain("s3cr3t");
  }

  private List<String> lines(List<ConfigProblem> problems) {
    return problems.stream()
        .map(problem -> problem.toString().replace(directory.toString(), "%dir"))
        .collect(toImmutableList());
  }
}
