package io.relais.failover.cli;

import com.google.common.collect.ImmutableMap;
import io.relais.common.logging.LogSetup;
import io.relais.common.toml.ConfigException;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.engine.Rounds;
import io.relais.failover.engine.StatusFile;
import io.relais.failover.engine.StatusReport;
import io.relais.failover.engine.Statuses;
import io.relais.failover.engine.Watcher;
import io.relais.failover.engine.WatcherFactory.Mode;
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
final class Orders {
  private static final Duration PATIENCE = Duration.ofMinutes(6);

  private final RootCommand options;
  private final World world;
  private final WatcherConfig config;

  Orders(RootCommand options, WatcherConfig config) {
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
    StateOwner.requireReadable(config.stateDirectory());
    if (options.dryRun()) {
      return rehearse(order);
    }
    LogSetup.apply(world.environment(), Level.INFO, world.err());
    Handover handover = new Handover(config.stateDirectory(), PATIENCE, world.err());
    while (true) {
      Optional<Session> session = Session.open(config, world, world.clock(), Mode.REAL);
      if (session.isPresent()) {
        return here(order, session.get(), handover);
      }
      Optional<Receipt.Said> said = handover.wait(order.command());
      if (said.isPresent()) {
        return report(order, said.get());
      }
      if (handover.isOver()) {
        return handover.giveUp();
      }
    }
  }

  private Exit here(Order order, Session opened, Handover handover)
      throws IOException, InterruptedException {
    try (Session session = opened) {
      handover.takeBack();
      Receipt.Said said = follow(order, session.rounds());
      session.lastWords();
      return report(order, said);
    }
  }

  private Receipt.Said follow(Order order, Rounds rounds) throws InterruptedException {
    Receipt.Said said = Receipt.Said.of(ask(order, rounds));
    return said.isUnderWay()
        ? Receipt.Said.of(rounds.untilSettled(Optional.empty(), PATIENCE))
        : said;
  }

  private Watcher.Result ask(Order order, Rounds rounds) throws InterruptedException {
    Watcher.Result result = rounds.untilSettled(Optional.of(order.command()), Duration.ZERO);
    int more = config.failover().orElseThrow().backup().stableRounds();
    for (int i = 0; i < more && lacksAddress(order, result); i++) {
      Thread.sleep(config.interval());
      result = rounds.untilSettled(Optional.of(order.command()), Duration.ZERO);
    }
    return result;
  }

  /** Its address counts only when several rounds in a row have found it. */
  private static boolean lacksAddress(Order order, Watcher.Result result) {
    return order.command() == Command.SWITCH
        && !Receipt.Said.of(result).isUnderWay()
        && result.status().failover().flatMap(StatusReport.Failover::backupAddress).isEmpty();
  }

  /** Looks as the order itself would, and does nothing. */
  private Exit rehearse(Order order)
      throws IOException, ConfigException, UsageException, InterruptedException {
    LogSetup.apply(world.environment(), Level.ERROR, world.err());
    try (Session session = Session.open(config, world, world.clock(), Mode.DRY_RUN).orElseThrow()) {
      Watcher.Result result = ask(order, session.rounds());
      String would =
          result.refused() ? "do nothing: " + result.reason() : would(order, result, session);
      if (options.json()) {
        world
            .out()
            .println(
                StatusFile.json(
                    ImmutableMap.of(
                        "order", order.word(), "refused", result.refused(), "would", would)));
      } else {
        world.out().println("would " + would);
      }
      return result.refused() ? undone(order, result.phase().orElseThrow()) : Exit.OK;
    }
  }

  /** What a resume leads to is not known before: it may be anything that a round may do. */
  private static String would(Order order, Watcher.Result result, Session session)
      throws InterruptedException {
    if (order.kind().isPresent()) {
      return session.assembly().preview(order.kind().get());
    }
    return switch (result.action()) {
      case NONE ->
          "look at the world afresh, and be " + Statuses.word(result.phase().orElseThrow());
      case SWITCH ->
          "switch at once, since production is down: "
              + session.assembly().preview(ChangeKind.SWITCH);
      case FOLLOW -> session.assembly().preview(ChangeKind.FOLLOW);
      case FAIL_BACK -> session.assembly().preview(ChangeKind.FAIL_BACK);
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

  private static String word(Receipt.Said said, boolean done) {
    if (done) {
      return said.refused() ? "nothing to do; " : "done; ";
    }
    return said.isUnderWay() ? "still under way; " : "not done; ";
  }

  private Exit report(Order order, Receipt.Said said) throws IOException {
    boolean done = order.wanted().contains(said.phase()) && !said.changing();
    String phase = Statuses.word(said.phase());
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
                      said.reason())));
    } else {
      world
          .out()
          .println(
              word(said, done) + phase + (said.reason().isEmpty() ? "" : ": " + said.reason()));
    }
    if (done) {
      return Exit.OK;
    }
    return said.isUnderWay()
        ? said.waiting() ? Exit.of(said.phase(), true) : Exit.CHANGING
        : undone(order, said.phase());
  }
}
