package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.lifecycle.OutOfMemory;
import io.relais.failover.net.SystemResolver;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/** The program {@code failover-watcher}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    OutOfMemory.endProcess();
    SystemResolver.disableCaching();
    System.exit(
        run(
            new World(
                System.getenv(),
                System.in,
                new PrintStream(System.out, true, UTF_8),
                new PrintStream(System.err, true, UTF_8),
                InstantSource.system(),
                Path.of(""),
                Path.of("/etc")),
            args));
  }

  /** What {@link #main} does, short of ending the JVM; returns the code to end it with. */
  static int run(World world, String... args) {
    return CommandLines.of(world).execute(args);
  }

  /**
   * What the program takes from the process it runs in.
   *
   * @param directory the working directory
   * @param etc where the system's configuration is
   */
  record World(
      Map<String, String> environment,
      InputStream in,
      PrintStream out,
      PrintStream err,
      InstantSource clock,
      Path directory,
      Path etc) {}
}
