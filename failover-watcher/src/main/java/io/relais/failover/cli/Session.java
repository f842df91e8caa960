package io.relais.failover.cli;

import io.relais.common.toml.ConfigException;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.engine.Rounds;
import io.relais.failover.engine.Watcher;
import io.relais.failover.engine.WatcherFactory;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.engine.WatcherLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** The right to act, and everything put together to do so. */
final class Session implements AutoCloseable {
  /** How long a run waits at its end for notices to go out; the rest stays queued. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(10);

  private final Optional<WatcherLock> lock;
  private final Assembly assembly;
  private final Watcher watcher;
  private final WatcherConfig config;

  private Session(
      Optional<WatcherLock> lock, Assembly assembly, Watcher watcher, WatcherConfig config) {
    this.lock = lock;
    this.assembly = assembly;
    this.watcher = watcher;
    this.config = config;
  }

  /**
   * Opens one; a dry run needs no lock, since it changes nothing.
   *
   * @return empty if another run or the daemon is at work
   * @throws IOException if the state can't be used (the user's to mend)
   * @throws ConfigException if credentials are missing or wrong
   * @throws UsageException if the state is another user's
   */
  static Optional<Session> open(WatcherConfig config, World world, InstantSource clock, Mode mode)
      throws IOException, ConfigException, UsageException {
    Optional<WatcherLock> lock =
        mode == Mode.REAL ? lock(config.stateDirectory()) : Optional.empty();
    if (lock.isEmpty() && mode == Mode.REAL) {
      return Optional.empty();
    }
    Assembly assembly = null;
    try {
      assembly = new Assembly(config, world, clock, mode);
      Watcher watcher = new WatcherFactory(config, assembly.ports(), clock, mode).create();
      return Optional.of(new Session(lock, assembly, watcher, config));
    } catch (IOException | ConfigException | RuntimeException e) {
      if (assembly != null) {
        assembly.close();
      }
      if (lock.isPresent()) {
        lock.get().close();
      }
      throw e;
    }
  }

  /** As another user, it only finds out whether somebody else holds it. */
  private static Optional<WatcherLock> lock(Path state) throws IOException, UsageException {
    boolean us = StateOwner.isUs(state);
    if (!us && !Files.exists(state.resolve("lock"))) {
      StateOwner.requireUs(state);
    }
    Optional<WatcherLock> lock = WatcherLock.tryTake(state);
    if (!us && lock.isPresent()) {
      lock.get().close();
      StateOwner.requireUs(state);
    }
    return lock;
  }

  Rounds rounds() {
    return new Rounds(watcher, config.interval());
  }

  Assembly assembly() {
    return assembly;
  }

  /** Lets notices and pings go out. */
  void lastWords() throws InterruptedException {
    assembly.flush(LAST_WORDS);
    watcher.settle(LAST_WORDS);
  }

  /** Saves what is remembered, and lets the lock go. */
  @Override
  public void close() throws IOException {
    watcher.saveNow();
    assembly.close();
    if (lock.isPresent()) {
      lock.get().close();
    }
  }
}
