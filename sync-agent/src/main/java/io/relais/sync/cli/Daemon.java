package io.relais.sync.cli;

import io.relais.common.ExitCode;
import io.relais.common.StateLock;
import io.relais.common.control.ControlServer;
import io.relais.common.lifecycle.OutOfMemory;
import io.relais.common.lifecycle.Signals;
import io.relais.common.logging.LogSetup;
import io.relais.common.systemd.SystemdNotifier;
import io.relais.common.toml.ConfigException;
import io.relais.openssh.SshConfigException;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.engine.Agent;
import io.relais.sync.transfer.ErrorText;
import io.relais.sync.wiring.ControlRequests;
import io.relais.sync.wiring.HardLinkProtection;
import io.relais.sync.wiring.MirrorFactory;
import io.relais.sync.wiring.OpenSshConfig;
import io.relais.sync.wiring.StatusFile.CurrentStatus;
import io.relais.sync.wiring.StatusPublisher;
import io.relais.sync.wiring.World;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The agent in the foreground: until SIGTERM or SIGINT, with another configuration on SIGHUP. */
final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final World world;
  private final Loader loader;
  private final Path configFile;
  private final CompletableFuture<ExitCode> end = new CompletableFuture<>();
  private final SystemdNotifier systemd;

  /** Reads the configuration again. */
  interface Loader {
    AgentConfig load() throws ConfigException;
  }

  Daemon(World world, Loader loader, Path configFile) {
    this.world = world;
    this.loader = loader;
    this.configFile = configFile;
    this.systemd = SystemdNotifier.of(world.environment());
  }

  /** Runs until it is told to end. */
  ExitCode run() throws ConfigException, SshConfigException, IOException, InterruptedException {
    LogSetup.apply(world.environment(), Level.INFO, world.err());
    AgentConfig config = loader.load();
    HardLinkProtection.warning(HardLinkProtection.SETTING).ifPresent(LOG::warn);
    MirrorFactory.makeState(config.stateDirectory());
    requireNoOther(config.stateDirectory());
    try (StateLock lock = lock(config.stateDirectory())) {
      return run(config, lock);
    }
  }

  private ExitCode run(AgentConfig config, @Nullable StateLock lock)
      throws ConfigException, SshConfigException, IOException, InterruptedException {
    StatusPublisher status = new StatusPublisher(config, world, systemd);
    Agent agent = new Agent(this::crashed);
    try (var _ = Signals.on("TERM", () -> end.complete(ExitCode.OK));
        var _ = Signals.on("INT", () -> end.complete(ExitCode.OK));
        var _ = Signals.on("HUP", () -> startReload(agent, status));
        status) {
      agent.start(config, assembly(config, status));
      ExitCode code;
      try (var _ = takeRequests(lock, agent, status)) {
        code = end.get();
      }
      systemd.stopping();
      LOG.info("stopping");
      agent.stop();
      return code;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Null where there can be none: the agent goes on, without taking requests.
   *
   * @throws IOException if another agent holds it, which has begun just now
   */
  private static @Nullable StateLock lock(Path stateDirectory) throws IOException {
    Optional<StateLock> lock;
    try {
      lock = StateLock.tryTake(stateDirectory);
    } catch (IOException e) {
      warn(stateDirectory, e);
      return null;
    }
    return lock.orElseThrow(
        () ->
            new IOException(
                "sync-agent runs already with the state directory %s; end it first"
                    .formatted(stateDirectory)));
  }

  /** Null where that can't be: the agent goes on without. */
  private static @Nullable ControlServer takeRequests(
      @Nullable StateLock lock, Agent agent, StatusPublisher status) {
    if (lock == null) {
      return null;
    }
    try {
      return ControlServer.open(lock, ControlRequests.of(agent, status::current));
    } catch (IOException e) {
      warn(lock.directory(), e);
      return null;
    }
  }

  private static void warn(Path stateDirectory, IOException e) {
    LOG.warn(
        "status and verify can't ask this agent in {}: {}",
        stateDirectory,
        e instanceof FileSystemException disk ? ErrorText.ofSource(disk) : e.getMessage());
  }

  /** Two would write one status: the second would say of the first that it does not run. */
  private static void requireNoOther(Path stateDirectory) throws IOException {
    CurrentStatus last;
    try {
      last = CurrentStatus.of(stateDirectory);
    } catch (IOException | ClassCastException e) {
      return; // It is written again.
    }
    if (last.running()) {
      throw new IOException(
          "sync-agent runs already, as process %s, with the state directory %s; end it first"
              .formatted(last.status().path("pid").asText(), stateDirectory));
    }
  }

  private MirrorFactory assembly(AgentConfig config, StatusPublisher status)
      throws SshConfigException {
    return new MirrorFactory(
        config,
        configFile,
        OpenSshConfig.resolver(config.ssh().config(), world.environment()),
        status,
        world.clock());
  }

  private void crashed(Throwable failure) {
    OutOfMemory.endIfBehind(failure);
    LOG.error("this is a defect of the program, please report it", failure);
    end.complete(ExitCode.INTERNAL);
  }

  /** A signal's thread must not wait. */
  private void startReload(Agent agent, StatusPublisher status) {
    Thread.ofPlatform().name("reload").start(() -> reload(agent, status));
  }

  private void reload(Agent agent, StatusPublisher status) {
    systemd.reloading();
    try {
      AgentConfig next = loader.load();
      MirrorFactory fresh = assembly(next, status);
      status.reconfigured(next);
      Map<String, String> failed = agent.reload(next, fresh);
      failed.forEach((name, why) -> LOG.error("{}: it can't be begun: {}", name, why));
      LOG.info("the new configuration is in force");
    } catch (ConfigException | SshConfigException e) {
      LOG.error("the configuration stays as it was:");
      String.valueOf(e.getMessage()).lines().forEach(LOG::error);
    } catch (RuntimeException e) {
      crashed(e);
    } finally {
      systemd.ready();
    }
  }
}
