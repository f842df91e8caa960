package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.lifecycle.OutOfMemory;
import io.relais.sync.wiring.World;
import io.relais.sync.wiring.World.Terminal;
import java.io.PrintStream;
import java.time.InstantSource;

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
}
