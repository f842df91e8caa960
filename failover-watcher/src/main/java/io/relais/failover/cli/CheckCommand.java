package io.relais.failover.cli;

import io.relais.common.logging.LogSetup;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.engine.Watcher;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.RunSession;
import io.relais.failover.wiring.World;
import java.io.Console;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
          + " switches, or says why not. What is only watched is followed up likewise, and told.",
      "Says nothing while all is well, and otherwise how things stand: when that changes, and once"
          + " a day; at a terminal and with --verbose, each time. The exit code always tells."
    })
final class CheckCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(
      names = "--at-most",
      paramLabel = "SECONDS",
      description = "End after this time at the latest (default: 50); the next run goes on.")
  private int atMost = 50;

  @Option(names = "--verbose", description = "Say how things stand, though it is nothing new.")
  private boolean verbose;

  CheckCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    boolean talks = verbose || isAtTerminal();
    // What a rehearsal comes to is printed.
    Level quietly = options.dryRun() ? Level.ERROR : Level.WARN;
    LogSetup.apply(world.environment(), talks ? Level.INFO : quietly, world.err());
    WatcherConfig config = options.load();
    Mode mode = options.dryRun() ? Mode.DRY_RUN : Mode.REAL;
    Optional<RunSession> session = RunSession.open(config, world, world.clock(), mode);
    if (session.isEmpty()) {
      world.err().println("failover-watcher: another run or the daemon is at work");
      return Exit.BUSY.code();
    }
    try (RunSession open = session.get()) {
      boolean wasHalted = open.isHalted();
      Duration limit = Duration.ofSeconds(atMost);
      long began = System.nanoTime();
      Watcher.RoundOutcome roundOutcome = open.rounds().untilSettled(Optional.empty(), limit);
      Duration left = limit.minusNanos(System.nanoTime() - began);
      Optional<String> fixed = open.awaitSelfCheck(left);
      boolean news = open.isNews(standing(roundOutcome), Exit.of(roundOutcome) == Exit.OK);
      boolean kept = open.save();
      if (options.json()) {
        world.out().println(StatusFile.json(roundOutcome.status()));
      } else if (options.dryRun()) {
        world.out().println("would " + would(roundOutcome, wasHalted, open));
      } else if (talks || news) {
        print(roundOutcome, kept);
      }
      if (!talks && !options.json()) {
        fixed.ifPresent(world.out()::println);
      }
      open.lastWords();
      return (kept ? Exit.of(roundOutcome) : Exit.STATE).code();
    }
  }

  private static boolean isAtTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  /** Without what may differ from run to run. */
  private static String standing(Watcher.RoundOutcome roundOutcome) {
    return Stream.concat(
            roundOutcome.phase().map(StatusReports::word).stream(),
            roundOutcome.status().watches().stream().map(CheckCommand::line))
        .collect(Collectors.joining("; "));
  }

  private static String line(StatusReport.Watch watch) {
    return watch.name() + ": " + (watch.up() ? "up" : "down");
  }

  private void print(Watcher.RoundOutcome roundOutcome, boolean kept) {
    World world = options.world();
    if (!kept) {
      world.out().println("the state can't be written, so this is forgotten:");
    }
    site(roundOutcome).ifPresent(world.out()::println);
    roundOutcome.status().watches().forEach(watch -> world.out().println(line(watch)));
  }

  private static Optional<String> site(Watcher.RoundOutcome roundOutcome) {
    return roundOutcome
        .phase()
        .map(
            phase ->
                StatusReports.word(phase)
                    + (roundOutcome.reason().isEmpty() ? "" : ": " + roundOutcome.reason()));
  }

  private static String would(
      Watcher.RoundOutcome roundOutcome, boolean wasHalted, RunSession runSession)
      throws InterruptedException {
    return switch (roundOutcome.action()) {
      case NONE ->
          runSession.isHalted() && !wasHalted
              ? "halt: " + roundOutcome.reason()
              : "do nothing" + site(roundOutcome).map(how -> ": " + how).orElse("");
      case SWITCH, FAIL_BACK, FOLLOW ->
          runSession.assembly().preview(roundOutcome.action().begins().orElseThrow());
      case CONTINUE -> "carry on the change that is under way";
      case UNDO -> "take back the change that is under way";
    };
  }
}
