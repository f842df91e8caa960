package io.relais.failover.cli;

import com.google.common.collect.ImmutableMap;
import io.relais.common.logging.LogSetup;
import io.relais.common.toml.ConfigException;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.engine.RoundLoop;
import io.relais.failover.engine.Watcher;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.CommandQueue;
import io.relais.failover.wiring.RunSession;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.World;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.event.Level;

/**
 * What a person orders: carried out here if nothing else is at work, or else by the daemon, which
 * takes it with its next round.
 */
final class ManualCommand {
  private static final Duration PATIENCE = Duration.ofMinutes(6);

  private final RootCommand options;
  private final World world;
  private final WatcherConfig config;

  ManualCommand(RootCommand options, WatcherConfig config) {
    this.options = options;
    this.world = options.world();
    this.config = config;
  }

  /**
   * An order.
   *
   * @param kind the change of the zone that it makes, if it does
   * @param wanted the phases in which it is done
   * @param sentence what it does, for the confirmation
   */
  record Order(Command command, Optional<ChangeKind> kind, Set<Phase> wanted, String sentence) {
    String word() {
      return command.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * Asks whether it is meant, unless {@code yes} or nothing will be done.
   *
   * @throws UsageException if it is not
   */
  void confirm(Order order, String site, boolean yes) throws IOException, UsageException {
    if (yes || options.dryRun()) {
      return;
    }
    world.err().print(order.sentence() + "\nType the site's name (" + site + ") to go on: ");
    world.err().flush();
    String answer =
        new BufferedReader(new InputStreamReader(world.in(), StandardCharsets.UTF_8)).readLine();
    if (answer == null) {
      world.err().println();
      throw new UsageException("nobody is there to confirm it; add --yes");
    }
    if (!answer.strip().equalsIgnoreCase(site)) {
      throw new UsageException("that is not the site's name: nothing was done");
    }
  }

  /** Carries it out, and follows it until it is done. */
  Exit carryOut(Order order)
      throws IOException, ConfigException, UsageException, InterruptedException {
    StateDirectoryOwner.requireReadable(config.stateDirectory());
    if (options.dryRun()) {
      return rehearse(order);
    }
    LogSetup.apply(world.environment(), Level.INFO, world.err());
    DaemonClient daemon =
        new DaemonClient(config.stateDirectory(), PATIENCE, world.clock(), world.err());
    while (true) {
      Optional<CommandQueue.Progress> end = daemon.ask(order.command());
      if (end.isPresent()) {
        return report(order, end.get());
      }
      Optional<RunSession> session = RunSession.open(config, world, world.clock(), Mode.REAL);
      if (session.isPresent()) {
        return here(order, session.get());
      }
      if (daemon.isOver()) {
        return daemon.giveUp();
      }
      daemon.pause();
    }
  }

  private Exit here(Order order, RunSession opened) throws IOException, InterruptedException {
    try (RunSession runSession = opened) {
      CommandQueue.Progress progress = follow(order, runSession.rounds());
      runSession.lastWords();
      return report(order, progress);
    }
  }

  private CommandQueue.Progress follow(Order order, RoundLoop roundLoop)
      throws InterruptedException {
    CommandQueue.Progress progress = CommandQueue.Progress.of(ask(order, roundLoop));
    return progress.isUnderWay()
        ? CommandQueue.Progress.of(roundLoop.untilSettled(Optional.empty(), PATIENCE))
        : progress;
  }

  private Watcher.RoundOutcome ask(Order order, RoundLoop roundLoop) throws InterruptedException {
    Watcher.RoundOutcome roundOutcome =
        roundLoop.untilSettled(Optional.of(order.command()), Duration.ZERO);
    int more = config.failover().orElseThrow().backup().stableRounds();
    for (int i = 0; i < more && lacksAddress(order, roundOutcome); i++) {
      Thread.sleep(config.interval());
      roundOutcome = roundLoop.untilSettled(Optional.of(order.command()), Duration.ZERO);
    }
    return roundOutcome;
  }

  /** Its address counts only when several rounds in a row have found it. */
  private static boolean lacksAddress(Order order, Watcher.RoundOutcome roundOutcome) {
    return order.kind().equals(Optional.of(ChangeKind.SWITCH))
        && !CommandQueue.Progress.of(roundOutcome).isUnderWay()
        && roundOutcome.status().failover().flatMap(StatusReport.Failover::backupAddress).isEmpty();
  }

  /** Looks as the order itself would, and does nothing. */
  private Exit rehearse(Order order)
      throws IOException, ConfigException, UsageException, InterruptedException {
    LogSetup.apply(world.environment(), Level.ERROR, world.err());
    try (RunSession runSession =
        RunSession.open(config, world, world.clock(), Mode.DRY_RUN).orElseThrow()) {
      Watcher.RoundOutcome roundOutcome = ask(order, runSession.rounds());
      String would =
          roundOutcome.refused()
              ? "do nothing: " + roundOutcome.reason()
              : would(order, roundOutcome, runSession);
      if (options.json()) {
        world
            .out()
            .println(
                StatusFile.json(
                    ImmutableMap.of(
                        "order", order.word(), "refused", roundOutcome.refused(), "would", would)));
      } else {
        world.out().println("would " + would);
      }
      return roundOutcome.refused() ? undone(order, roundOutcome.phase().orElseThrow()) : Exit.OK;
    }
  }

  /** What a resume leads to is not known before: it may be anything that a round may do. */
  private static String would(Order order, Watcher.RoundOutcome roundOutcome, RunSession runSession)
      throws InterruptedException {
    if (order.kind().isPresent()) {
      return runSession.assembly().preview(order.kind().get());
    }
    return switch (roundOutcome.action()) {
      case NONE ->
          "look at everything again, and be "
              + StatusReports.word(roundOutcome.phase().orElseThrow());
      case SWITCH ->
          "switch at once, since production is down: "
              + runSession.assembly().preview(ChangeKind.SWITCH);
      case FOLLOW -> runSession.assembly().preview(ChangeKind.FOLLOW);
      case FAIL_BACK -> runSession.assembly().preview(ChangeKind.FAIL_BACK);
      case CONTINUE -> "carry on the change that was halted";
      case UNDO -> "take back the change that was halted";
    };
  }

  /** Nothing to do is as good as done. */
  private static Exit undone(Order order, Phase phase) {
    if (order.wanted().contains(phase)) {
      return Exit.OK;
    }
    Exit exit = Exit.of(phase);
    return exit == Exit.OK ? Exit.DOWN : exit;
  }

  private static String word(CommandQueue.Progress progress, boolean done) {
    if (done) {
      return progress.refused() ? "nothing to do; " : "done; ";
    }
    return progress.isUnderWay() ? "still under way; " : "not done; ";
  }

  private Exit report(Order order, CommandQueue.Progress progress) throws IOException {
    boolean done = order.wanted().contains(progress.phase()) && !progress.changing();
    String phase = StatusReports.word(progress.phase());
    if (options.json()) {
      world
          .out()
          .println(
              StatusFile.json(
                  ImmutableMap.of(
                      "order",
                      order.word(),
                      "done",
                      done,
                      "phase",
                      phase,
                      "reason",
                      progress.reason())));
    } else {
      world
          .out()
          .println(
              word(progress, done)
                  + phase
                  + (progress.reason().isEmpty() ? "" : ": " + progress.reason()));
    }
    if (done) {
      return Exit.OK;
    }
    return progress.isUnderWay()
        ? progress.waiting() ? Exit.of(progress.phase(), true) : Exit.CHANGING
        : undone(order, progress.phase());
  }
}
