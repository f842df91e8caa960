package io.relais.failover.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.testbed.PlainWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One process of failover-watcher. */
final class Program implements AutoCloseable {
  private final Process process;
  private final Path out;
  private final Path err;

  private Program(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** Starts it in a directory of its own making, with nothing of this process's environment. */
  static Program start(Path folder, Map<String, String> environment, List<String> arguments)
      throws IOException {
    return start(List.of(), folder, environment, arguments);
  }

  /** The same, by another command that becomes the program. */
  static Program start(
      List<String> by, Path folder, Map<String, String> environment, List<String> arguments)
      throws IOException {
    Path run = Files.createTempDirectory(folder, "run");
    List<String> command = new ArrayList<>(by);
    command.addAll(ProgramArchive.command());
    command.addAll(arguments);
    Path out = run.resolve("out");
    Path err = run.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(run.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("HOME", run.toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().putAll(environment);
    return new Program(builder.start(), out, err);
  }

  /** Waits for its end; the exit code. */
  int await() {
    try {
      if (!process.waitFor(3, TimeUnit.MINUTES)) {
        throw new IllegalStateException("it does not end: " + said());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** Sends it a signal, as {@code HUP}. */
  void signal(String name) throws IOException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
  }

  /** What it printed. */
  String out() {
    return read(out);
  }

  /** What it logged. */
  String err() {
    return read(err);
  }

  String said() {
    return out() + err();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    await();
    PlainWords.assertSpokenIn(said());
  }
}
