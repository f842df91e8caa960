package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.lifecycle.OutOfMemory;
import io.relais.failover.net.SystemResolver;
import io.relais.failover.wiring.World;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;

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
}
