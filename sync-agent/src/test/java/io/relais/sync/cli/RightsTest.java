package io.relais.sync.cli;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others could write decides nothing. */
final class RightsTest {
  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Embedded program;

  @BeforeEach
  void start() throws IOException {
    program = new Embedded(directory);
  }

  @AfterEach
  void stop() throws IOException {
    program.close();
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, fromString(mode));
  }

  @Test
  void aStateDirectoryInWhichOthersMayWriteIsRefused() throws IOException {
    mode(Files.createDirectory(program.state), "rwxrwxr-x");

    Embedded.Result result = program.run();

    assertThat(result.code()).isEqualTo(ExitCode.PARTIAL.code());
    assertThat(result.err())
        .contains(
            "sync-agent: the state directory %1$s can be changed by others (mode 0775); run: chmod"
                    .formatted(program.state)
                + " go-w "
                + program.state);
    assertThat(program.state).isEmptyDirectory();
  }

  @Test
  void soIsOneThatOthersCanExchange() throws IOException {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    mode(shared, "rwxrwxrwx");
    Files.writeString(
        program.config,
        Files.readString(program.config)
            .replace(program.state.toString(), shared.resolve("state").toString()));

    Embedded.Result result = program.run();

    assertThat(result.code()).isEqualTo(ExitCode.PARTIAL.code());
    assertThat(result.err()).contains("the directory " + shared + " (mode 0777)");
  }

  @Test
  void aConfigurationThatOthersCanChangeIsRefused() throws IOException {
    mode(program.config, "rw-rw-r--");

    Embedded.Result result = program.run("config", "check");

    assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(result.err())
        .isEqualTo(
            "%1$s: can be changed by others (mode 0664); run: chmod go-w %1$s\n"
                .formatted(program.config));
  }

  @Test
  void anOpenSshConfigurationThatOthersCanChangeIsRefused() throws IOException {
    mode(program.link.sshConfig(), "rw-r--rw-");

    Embedded.Result result = program.run("config", "check");

    assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(result.err())
        .contains(program.link.sshConfig() + ": bad owner or permissions: ")
        .contains("chmod go-w");
  }

  /** Whoever may add a line there decides which host is the right one. */
  @Test
  void knownHostsThatOthersCanChangeAreRefused() throws IOException {
    Path known = program.link.sshConfig().resolveSibling("known_hosts");
    Files.createDirectory(program.copy);
    assertThat(program.run("verify").code()).isLessThanOrEqualTo(ExitCode.DIFFERENCES.code());
    mode(known, "rw-rw-rw-");

    Embedded.Result result = program.run("verify");

    assertThat(result.code()).isEqualTo(ExitCode.REFUSED.code());
    assertThat(result.err())
        .contains("can't be checked: " + known + ": can be changed by others (mode 0666)")
        .contains("chmod go-w " + known);
  }
}
