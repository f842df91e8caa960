package io.relais.sync.e2e;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The agent in a JVM of its own, which can be ended as systemd does it, or killed. */
final class AgentProcess implements AutoCloseable {
  /** What the launcher sets, so that the JDK's own queue of events does not overflow. */
  static final String DEEP_QUEUE = "-Djdk.nio.file.WatchService.maxEventsPerPoll=1000000";

  /** The JDK's own default. */
  static final String SHALLOW_QUEUE = "-Djdk.nio.file.WatchService.maxEventsPerPoll=512";

  private final Process process;

  /** Starts the agent as the user that runs the tests. */
  AgentProcess(Path configuration, Path log, String queue) throws IOException {
    this(configuration, log, queue, List.of());
  }

  /**
   * Starts the agent.
   *
   * @param log gets what it prints, after what is there
   * @param queue {@link #DEEP_QUEUE} or {@link #SHALLOW_QUEUE}
   * @param wrapper what starts it, such as {@code setpriv} with its options; or nothing
   */
  AgentProcess(Path configuration, Path log, String queue, List<String> wrapper)
      throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(command(queue, "-c", configuration.toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    // The poorest of locales: names must not depend on it.
    builder.environment().put("LC_ALL", "C");
    process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
  }

  /** The command line of the program with such arguments. */
  static ImmutableList<String> command(String queue, String... arguments) {
    return ImmutableList.<String>builder()
        .add(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            queue,
            "-cp",
            System.getProperty("java.class.path"),
            "io.relais.sync.cli.Main")
        .add(arguments)
        .build();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGTERM; returns the exit code. */
  int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("the agent does not end");
    }
    return process.exitValue();
  }

  /** SIGHUP: reads the configuration again. */
  void reload() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
  }

  /** SIGSTOP: what happens now is only seen by it once it goes on. */
  void suspend() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start().waitFor();
  }

  /** SIGCONT. */
  void goOn() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-CONT", Long.toString(process.pid())).start().waitFor();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
