package io.relais.failover.cli;

import com.google.common.net.InetAddresses;
import io.relais.common.DurationFormat;
import io.relais.common.StateLock;
import io.relais.common.control.ControlServer;
import io.relais.common.lifecycle.Signals;
import io.relais.common.logging.LogSetup;
import io.relais.common.systemd.SystemdNotifier;
import io.relais.common.toml.ConfigException;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.engine.MonotonicClock;
import io.relais.failover.engine.RoundLoop;
import io.relais.failover.engine.Watcher;
import io.relais.failover.state.DaemonMarker;
import io.relais.failover.wiring.Clients;
import io.relais.failover.wiring.CommandQueue;
import io.relais.failover.wiring.FileErrorText;
import io.relais.failover.wiring.RunSession;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Rounds until SIGTERM or SIGINT, with another configuration on SIGHUP. */
final class Daemon {
  private static final Logger log = LoggerFactory.getLogger(Daemon.class);

  private final RootCommand options;
  private final World world;
  private final SystemdNotifier systemd;
  private final MonotonicClock clock;
  private final SignalRequests signalRequests = new SignalRequests();

  Daemon(RootCommand options) {
    this.options = options;
    this.world = options.world();
    this.systemd = SystemdNotifier.of(world.environment());
    this.clock = new MonotonicClock(world.clock());
  }

  /** Runs until it is told to end. */
  Exit run() throws ConfigException, IOException, UsageException {
    LogSetup.apply(world.environment(), Level.INFO, world.err());
    WatcherConfig config = options.load();
    try (var _ = Signals.on("TERM", signalRequests::end);
        var _ = Signals.on("INT", signalRequests::end);
        var _ = Signals.on("HUP", this::startReload)) {
      if (options.dryRun()) {
        return watch(config, Optional.empty());
      }
      Optional<StateLock> lock = RunSession.lock(config, clock);
      if (lock.isEmpty()) {
        world.err().println("failover-watcher: another run or the daemon is at work");
        return Exit.BUSY;
      }
      return watch(config, lock);
    }
  }

  /**
   * Watches, with one configuration after the other. The lock is held throughout: a command, which
   * carries itself out where nobody holds it, must not come in between.
   *
   * @param first the lock of the state directory, which is let go at the end; none for a dry run
   */
  private Exit watch(WatcherConfig initial, Optional<StateLock> first)
      throws ConfigException, IOException, UsageException {
    RunSession.Surroundings around = new RunSession.Surroundings(world, clock, systemd::watchdog);
    WatcherConfig config = initial;
    Optional<StateLock> lock = first;
    try {
      while (true) {
        RunSession session =
            lock.isPresent()
                ? RunSession.openReal(config, around, lock.get())
                : RunSession.openDryRun(config, around);
        log.info("{}", beginning(config));
        switch (runUntilAsked(session, config, lock)) {
          case SignalRequests.End _ -> {
            log.info("stopping");
            return Exit.OK;
          }
          case SignalRequests.Reload reload -> {
            Optional<StateLock> next = lock(reload.config(), lock);
            if (lock.isPresent() && next.isEmpty()) {
              log.error(
                  "the configuration stays as it was: another run or daemon is at work with {}",
                  reload.config().stateDirectory());
            } else {
              config = reload.config();
              lock = next;
              log.info("the new configuration is in force");
            }
          }
        }
      }
    } finally {
      if (lock.isPresent()) {
        lock.get().close();
      }
    }
  }

  /** The lock for another configuration, in place of the one that is held; empty if it is taken. */
  private Optional<StateLock> lock(WatcherConfig next, Optional<StateLock> held)
      throws IOException, UsageException {
    if (held.isEmpty() || held.get().directory().equals(next.stateDirectory())) {
      return held;
    }
    Optional<StateLock> lock = RunSession.lock(next, clock);
    if (lock.isPresent()) {
      held.get().close();
    }
    return lock;
  }

  /** What is watched, and how often. */
  private static String beginning(WatcherConfig config) {
    Stream<String> site =
        config.failover().stream()
            .map(
                part ->
                    part.site().name()
                        + " at "
                        + part.site().production().stream()
                            .map(InetAddresses::toAddrString)
                            .collect(Collectors.joining(", ")));
    return "watching %s, every %s"
        .formatted(
            Stream.concat(site, config.watches().stream().map(WatchConfig::name))
                .collect(Collectors.joining("; ")),
            DurationFormat.of(config.interval()));
  }

  private SignalRequests.Request runUntilAsked(
      RunSession runSession, WatcherConfig config, Optional<StateLock> lock) throws IOException {
    try (runSession) {
      if (lock.isEmpty()) {
        return watchUntilAsked(runSession, new CommandQueue(world.clock()));
      }
      markDaemon(config);
      removeCommandFiles(config.stateDirectory());
      try (CommandQueue commands = new CommandQueue(world.clock());
          var _ = takeCommands(lock.get(), commands)) {
        return watchUntilAsked(runSession, commands);
      }
    }
  }

  private SignalRequests.Request watchUntilAsked(RunSession runSession, CommandQueue commands) {
    SignalRequests.Request asked =
        signalRequests.whileWaiting(() -> runSession.rounds().forever(new BetweenRounds(commands)));
    if (asked instanceof SignalRequests.End) {
      systemd.stopping();
    }
    return asked;
  }

  /** Null where that can't be: no reason not to watch. */
  private static @Nullable ControlServer takeCommands(StateLock lock, CommandQueue commands) {
    try {
      return ControlServer.open(lock, commands.requests());
    } catch (IOException e) {
      log.warn(
          "switch, failback and resume can't reach this daemon; end it to give one: {}",
          FileErrorText.describe(e));
      return null;
    }
  }

  /** An older version took commands from files, and would follow what is left in one. */
  private static void removeCommandFiles(Path stateDirectory) {
    for (String name : List.of("command", "command.taken", "command.answer")) {
      try {
        Files.deleteIfExists(stateDirectory.resolve(name));
      } catch (IOException e) {
        log.debug("{} of an older version stays", name, e);
      }
    }
  }

  /** For {@code status} alone: no reason not to watch. */
  private static void markDaemon(WatcherConfig config) {
    try {
      DaemonMarker.write(config.stateDirectory());
    } catch (IOException e) {
      log.warn("that the daemon runs can't be noted for 'status': {}", FileErrorText.describe(e));
    }
  }

  /** A signal's thread must not wait. */
  private void startReload() {
    Thread.ofPlatform().name("reload").start(this::reload);
  }

  private void reload() {
    systemd.reloading();
    try {
      WatcherConfig config = options.load();
      if (config.failover().isPresent()) {
        requireCredentials(config.failover().get());
      }
      signalRequests.reload(config);
    } catch (ConfigException e) {
      log.error("the configuration stays as it was:");
      String.valueOf(e.getMessage()).lines().forEach(log::error);
      systemd.ready();
    }
  }

  /** A daemon that runs must not end because the new ones are missing. */
  private void requireCredentials(FailoverConfig part) throws ConfigException {
    String provider = new Clients(world, clock).provider(part.dns()).describe();
    log.debug("the credentials of {} can be read", provider);
  }

  /** Reports to systemd, and takes what people ask for. */
  private final class BetweenRounds implements RoundLoop.Between {
    private final CommandQueue commands;
    private final long patience;
    private boolean ready;
    private long signed;

    BetweenRounds(CommandQueue commands) {
      this.commands = commands;
      this.patience =
          systemd
              .watchdogInterval()
              .map(time -> time.dividedBy(2).toNanos())
              .orElse(Long.MAX_VALUE);
    }

    @Override
    public Optional<Command> command() {
      return commands.next();
    }

    @Override
    public void after(Watcher.RoundOutcome roundOutcome) {
      if (roundOutcome.phase().isPresent()) {
        commands.answer(CommandQueue.Progress.of(roundOutcome));
      }
      systemd.status(
          roundOutcome
              .phase()
              .map(
                  phase ->
                      StatusReports.word(phase)
                          + (roundOutcome.reason().isEmpty() ? "" : ": " + roundOutcome.reason()))
              .orElse("watching"));
      sign();
      if (!ready) {
        systemd.ready();
        ready = true;
      }
    }

    private void sign() {
      systemd.watchdog();
      signed = System.nanoTime();
    }

    /** Rounds may be further apart than systemd is patient; and a person who waits need not. */
    @Override
    public boolean isWanted() {
      if (System.nanoTime() - signed >= patience) {
        sign();
      }
      return commands.isWanted();
    }
  }
}
