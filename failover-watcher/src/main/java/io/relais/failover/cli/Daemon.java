package io.relais.failover.cli;

import io.relais.common.lifecycle.Signals;
import io.relais.common.logging.LogSetup;
import io.relais.common.systemd.SystemdNotifier;
import io.relais.common.toml.ConfigException;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.engine.CommandFile;
import io.relais.failover.engine.Rounds;
import io.relais.failover.engine.Statuses;
import io.relais.failover.engine.SteadyClock;
import io.relais.failover.engine.Watcher;
import io.relais.failover.engine.WatcherFactory.Mode;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Rounds until SIGTERM or SIGINT, with another configuration on SIGHUP. */
final class Daemon {
  private static final Logger log = LoggerFactory.getLogger(Daemon.class);

  private final RootCommand options;
  private final World world;
  private final SystemdNotifier systemd;
  private final SteadyClock clock;

  /** What a signal asks for; taken by the thread that runs the rounds. */
  private final AtomicReference<Optional<Request>> request =
      new AtomicReference<>(Optional.empty());

  /** What a signal asks for. */
  private sealed interface Request {
    record End() implements Request {}

    record Reload(WatcherConfig config) implements Request {}
  }

  Daemon(RootCommand options) {
    this.options = options;
    this.world = options.world();
    this.systemd = SystemdNotifier.of(world.environment());
    this.clock = new SteadyClock(world.clock());
  }

  /** Runs until it is told to end. */
  Exit run() throws ConfigException, IOException {
    LogSetup.apply(world.environment(), Level.INFO, world.err());
    WatcherConfig config = options.load();
    Thread rounds = Thread.currentThread();
    try (var _ = Signals.on("TERM", () -> ask(new Request.End(), rounds));
        var _ = Signals.on("INT", () -> ask(new Request.End(), rounds));
        var _ = Signals.on("HUP", () -> startReload(rounds))) {
      while (true) {
        Optional<Session> session = Session.open(config, world, clock, mode());
        if (session.isEmpty()) {
          world.err().println("failover-watcher: another run or the daemon is at work");
          return Exit.BUSY;
        }
        Request next = runUntilAsked(session.get(), config);
        switch (next) {
          case Request.End _ -> {
            log.info("stopping");
            return Exit.OK;
          }
          case Request.Reload reload -> {
            config = reload.config();
            log.info("the new configuration is in force");
          }
        }
      }
    }
  }

  private Mode mode() {
    return options.dryRun() ? Mode.DRY_RUN : Mode.REAL;
  }

  private Request runUntilAsked(Session session, WatcherConfig config) throws IOException {
    try (session) {
      session.rounds().forever(new BetweenRounds(config));
      throw new IllegalStateException("the rounds ended by themselves");
    } catch (InterruptedException _) {
      Request asked = request.getAndSet(Optional.empty()).orElseGet(Request.End::new);
      if (asked instanceof Request.End) {
        systemd.stopping();
      }
      return asked;
    }
  }

  private void ask(Request what, Thread rounds) {
    request.set(Optional.of(what));
    rounds.interrupt();
  }

  /** A signal's thread must not wait. */
  private void startReload(Thread rounds) {
    Thread.ofPlatform().name("reload").start(() -> reload(rounds));
  }

  private void reload(Thread rounds) {
    systemd.reloading();
    try {
      ask(new Request.Reload(options.load()), rounds);
    } catch (ConfigException e) {
      log.error("the configuration stays as it was:");
      String.valueOf(e.getMessage()).lines().forEach(log::error);
      systemd.ready();
    }
  }

  /** Reports to systemd, and takes what people ask for. */
  private final class BetweenRounds implements Rounds.Between {
    private final CommandFile commands;
    private boolean ready;

    BetweenRounds(WatcherConfig config) {
      this.commands = new CommandFile(config.stateDirectory());
    }

    @Override
    public Optional<Command> command() {
      return options.dryRun() ? Optional.empty() : commands.take();
    }

    @Override
    public void after(Watcher.Result result) {
      if (!ready) {
        systemd.ready();
        ready = true;
      }
      systemd.status(
          result
              .phase()
              .map(
                  phase ->
                      Statuses.word(phase)
                          + (result.reason().isEmpty() ? "" : ": " + result.reason()))
              .orElse("watching"));
      systemd.watchdog();
    }
  }
}
