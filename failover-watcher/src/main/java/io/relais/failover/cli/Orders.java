package io.relais.failover.cli;

import io.relais.common.logging.LogSetup;
import io.relais.common.toml.ConfigException;
import io.relais.failover.change.ChangeKind;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.engine.CommandFile;
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
import java.util.Optional;
import java.util.Set;
import org.slf4j.event.Level;

/**
 * What a person orders: carried out here if nothing else is at work, or else by the daemon, which
 * takes it with its next round.
 */
final class Orders {
  private static final Duration PATIENCE = Duration.ofMinutes(6);
  private static final Duration POLL = Duration.ofMillis(500);

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
  record Order(Command command, Optional<ChangeKind> kind, Set<Phase> wanted, String sentence) {}

  /** Asks whether it is meant, unless {@code yes}. */
  boolean confirmed(String sentence, String site, boolean yes) throws IOException, UsageException {
    if (yes) {
      return true;
    }
    world.out().print(sentence + "\nType the site's name (" + site + ") to go on: ");
    world.out().flush();
    String answer =
        new BufferedReader(new InputStreamReader(world.in(), StandardCharsets.UTF_8)).readLine();
    if (answer == null) {
      world.out().println();
      throw new UsageException("nobody is there to confirm it; add --yes");
    }
    return answer.strip().equals(site);
  }

  /** Carries it out, and follows it until it is done. */
  Exit carryOut(Order order) throws Exception {
    if (options.dryRun()) {
      return preview(order);
    }
    LogSetup.apply(world.environment(), Level.INFO, world.err());
    Optional<Session> session = Session.open(config, world, world.clock(), Mode.REAL);
    if (session.isEmpty()) {
      return throughDaemon(order);
    }
    try (Session open = session.get()) {
      Watcher.Result result = open.rounds().untilSettled(Optional.of(order.command()), PATIENCE);
      open.lastWords();
      return report(order, result.phase().orElseThrow(), result.reason());
    }
  }

  private Exit preview(Order order) throws IOException, ConfigException, InterruptedException {
    try (Session session = Session.open(config, world, world.clock(), Mode.DRY_RUN).orElseThrow()) {
      String what =
          order.kind().map(session.assembly()::preview).orElse("look at the world afresh");
      world.out().println("would " + what);
      return Exit.OK;
    }
  }

  private Exit throughDaemon(Order order) throws IOException, InterruptedException {
    CommandFile commands = new CommandFile(config.stateDirectory());
    StatusFile status = new StatusFile(config.stateDirectory());
    commands.leave(order.command());
    world.out().println("the daemon is at work, and takes the order with its next round");
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (commands.waiting() && System.nanoTime() < end) {
      Thread.sleep(POLL);
    }
    Optional<StatusReport> taken = status.read();
    while (System.nanoTime() < end) {
      Thread.sleep(POLL);
      Optional<StatusReport> now = status.read();
      if (isNewer(now, taken)) {
        StatusReport.Failover state = now.orElseThrow().failover().orElseThrow();
        Phase phase = Statuses.phase(state.phase());
        if (state.change().isEmpty() && phase != Phase.SWITCHING && phase != Phase.FAILING_BACK) {
          return report(order, phase, state.reason());
        }
      }
    }
    if (commands.withdraw()) {
      world.err().println("failover-watcher: the daemon did not take it; is it hanging?");
      return Exit.UNAVAILABLE;
    }
    world.out().println("still under way; see: failover-watcher status");
    return Exit.CHANGING;
  }

  /** The round that took the order writes its status at its end. */
  private static boolean isNewer(Optional<StatusReport> now, Optional<StatusReport> taken) {
    return now.isPresent()
        && taken.map(old -> now.get().updated().isAfter(old.updated())).orElse(true);
  }

  private Exit report(Order order, Phase phase, String reason) {
    String where = Statuses.word(phase) + (reason.isEmpty() ? "" : ": " + reason);
    if (order.wanted().contains(phase)) {
      world.out().println("done; " + where);
      return Exit.OK;
    }
    world.out().println("not done; " + where);
    return Exit.of(phase) == Exit.OK ? Exit.DOWN : Exit.of(phase);
  }
}
