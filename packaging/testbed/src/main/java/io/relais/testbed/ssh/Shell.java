package io.relais.testbed.ssh;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the tools that the bed needs. A missing or failing tool fails the test, loudly. */
final class Shell {
  private static final long LIMIT_SECONDS = 30;

  private Shell() {}

  /**
   * Runs a command to its end.
   *
   * @return what it printed, both streams
   * @throws IllegalStateException if it is missing, fails, or takes over half a minute
   */
  static String run(String... command) {
    Result result = attempt(command);
    if (result.exit() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + " ended with " + result.exit() + ": " + result.output());
    }
    return result.output();
  }

  /** Runs a command that may fail. */
  static Result attempt(String... command) {
    try {
      Path output = Files.createTempFile("relais-bed", ".out");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException(String.join(" ", command) + " does not end");
        }
        return new Result(process.exitValue(), new String(Files.readAllBytes(output), UTF_8));
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the real-server tests need " + command[0], e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** How a command ended. */
  record Result(int exit, String output) {}

  /** The path of a program that may lie in {@code sbin}. */
  static String find(String name) {
    return List.of("/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/sbin/", "/bin/").stream()
        .map(directory -> directory + name)
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the real-server tests need " + name));
  }
}
