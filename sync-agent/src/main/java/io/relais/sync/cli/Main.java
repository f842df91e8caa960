package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.lifecycle.OutOfMemory;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.Map;

/** The program {@code sync-agent}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    OutOfMemory.endProcess();
    System.exit(
        run(
            new World(
                System.getenv(),
                new PrintStream(System.out, true, UTF_8),
                new PrintStream(System.err, true, UTF_8),
                InstantSource.system(),
                Terminal.own()),
            args));
  }

  /** What {@link #main} does, short of ending the JVM; returns the code to end it with. */
  static int run(World world, String... args) {
    return CommandLines.of(world).execute(args);
  }

  /** What the program takes from the process it runs in. */
  record World(
      Map<String, String> environment,
      PrintStream out,
      PrintStream err,
      InstantSource clock,
      Terminal terminal) {
    /** With nobody at a terminal. */
    World(Map<String, String> environment, PrintStream out, PrintStream err, InstantSource clock) {
      this(environment, out, err, clock, Terminal.NONE);
    }
  }
}
