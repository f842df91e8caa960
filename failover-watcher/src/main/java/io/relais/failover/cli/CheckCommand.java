package io.relais.failover.cli;

import com.google.common.collect.Ordering;
import io.relais.common.logging.LogSetup;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.engine.StatusFile;
import io.relais.failover.engine.Statuses;
import io.relais.failover.engine.Watcher;
import io.relais.failover.engine.WatcherFactory.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher check}: one run, for cron or a timer. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "One round, for cron or a systemd timer.",
      "A failure is followed up at once, at the daemon's rhythm, until it is certain; then the run"
          + " switches, or says why not. What is only watched is followed up likewise, and told."
    })
final class CheckCommand implements Callable<Integer> {
  /** A self-check that takes longer is given up, and is due again soon. */
  private static final Duration SELF_CHECK = Duration.ofSeconds(20);

  private final RootCommand options;

  @Option(
      names = "--at-most",
      paramLabel = "SECONDS",
      description = "End after this time at the latest (default: 50); the next run goes on.")
  private int atMost = 50;

  CheckCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    LogSetup.apply(world.environment(), Level.INFO, world.err());
    WatcherConfig config = options.load();
    Mode mode = options.dryRun() ? Mode.DRY_RUN : Mode.REAL;
    Optional<Session> session = Session.open(config, world, world.clock(), mode);
    if (session.isEmpty()) {
      world.err().println("failover-watcher: another run or the daemon is at work");
      return Exit.BUSY.code();
    }
    try (Session open = session.get()) {
      Duration limit = Duration.ofSeconds(atMost);
      long began = System.nanoTime();
      Watcher.Result result = open.rounds().untilSettled(Optional.empty(), limit);
      Duration left = limit.minusNanos(System.nanoTime() - began);
      open.awaitSelfCheck(Ordering.natural().min(SELF_CHECK, left));
      boolean kept = open.save();
      print(result, kept);
      open.lastWords();
      return (kept ? Exit.of(result) : Exit.STATE).code();
    }
  }

  private void print(Watcher.Result result, boolean kept) throws IOException {
    World world = options.world();
    if (options.json()) {
      world.out().println(StatusFile.json(result.status()));
      return;
    }
    if (!kept) {
      world.out().println("the state can't be written, so this is forgotten:");
    }
    result
        .phase()
        .ifPresent(
            phase ->
                world
                    .out()
                    .println(
                        Statuses.word(phase)
                            + (result.reason().isEmpty() ? "" : ": " + result.reason())));
    result
        .status()
        .watches()
        .forEach(watch -> world.out().println(watch.name() + ": " + (watch.up() ? "up" : "down")));
  }
}
