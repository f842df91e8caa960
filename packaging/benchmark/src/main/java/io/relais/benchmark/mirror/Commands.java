package io.relais.benchmark.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs other programs to their end. */
final class Commands {
  private static final File NOTHING = new File("/dev/null");
  private static final Duration GRACE = Duration.ofSeconds(20);

  private Commands() {}

  /** How a command ended: nanoseconds, and whether it did so by itself. */
  record Ended(long nanos, boolean inTime, int exit) {
    double seconds() {
      return nanos / 1e9;
    }
  }

  /**
   * Runs a command; what it says goes to a file.
   *
   * @param input what it reads
   * @param limit after which it is ended, with all that it started
   */
  static Ended run(List<String> command, Path input, Path said, Duration limit) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(input.toFile())
            .redirectOutput(said.toFile());
    long began = System.nanoTime();
    Process process = builder.start();
    boolean inTime = endsWithin(process, limit);
    long took = System.nanoTime() - began;
    if (!inTime) {
      end(process);
    }
    return new Ended(took, inTime, inTime ? process.exitValue() : -1);
  }

  private static boolean endsWithin(Process process, Duration limit) throws InterruptedIOException {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Ends a process and what it started. */
  static void end(Process process) throws IOException {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    if (!endsWithin(process, GRACE)) {
      process.destroyForcibly();
      var _ = endsWithin(process, GRACE);
    }
    children.forEach(ProcessHandle::destroy);
  }

  /**
   * Runs a command that has to succeed.
   *
   * @return what it said
   */
  static String check(String... command) throws IOException {
    Path said = Files.createTempFile("mirror", ".out");
    try {
      Ended ended = run(List.of(command), NOTHING.toPath(), said, Duration.ofHours(1));
      String text = Files.readString(said, UTF_8);
      if (ended.exit() != 0) {
        throw new IOException(
            "%s ended with %d: %s".formatted(String.join(" ", command), ended.exit(), text));
      }
      return text;
    } finally {
      Files.delete(said);
    }
  }

  /** Whether a command ends with 0, whatever it says. */
  static boolean succeeds(String... command) throws IOException {
    return run(List.of(command), NOTHING.toPath(), NOTHING.toPath(), Duration.ofHours(1)).exit()
        == 0;
  }
}
