package io.relais.failover.wiring;

import com.google.common.collect.ImmutableMap;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.common.StateDirectory;
import io.relais.common.StateLock;
import io.relais.common.toml.ConfigException;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.engine.RoundLoop;
import io.relais.failover.engine.Watcher;
import io.relais.failover.engine.WatcherFactory;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.net.OkHttpCaller;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notifier;
import io.relais.failover.state.StateWriteFailure;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** Everything put together to act. */
public final class RunSession implements AutoCloseable {
  /** How long a run waits at its end for notices to go out; the rest stays queued. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(10);

  private final WatcherModule watcherModule;
  private final Watcher watcher;
  private final WatcherConfig config;

  /** What is let go at the end. */
  private Optional<StateLock> own = Optional.empty();

  private RunSession(WatcherModule watcherModule, Watcher watcher, WatcherConfig config) {
    this.watcherModule = watcherModule;
    this.watcher = watcher;
    this.config = config;
  }

  /**
   * Opens one of a single run, for which nobody waits with a watchdog; it lets the lock go at its
   * end.
   *
   * @return empty if another run or the daemon is at work
   * @throws IOException if the state can't be used (for the user to fix)
   * @throws ConfigException if credentials are missing or wrong
   * @throws UsageException if the state is another user's
   */
  public static Optional<RunSession> open(
      WatcherConfig config, World world, InstantSource clock, Mode mode)
      throws IOException, ConfigException, UsageException {
    Surroundings around = new Surroundings(world, clock, () -> {});
    if (mode == Mode.DRY_RUN) {
      return Optional.of(openDryRun(config, around));
    }
    Optional<StateLock> lock = lock(config, clock);
    if (lock.isEmpty()) {
      return Optional.empty();
    }
    try {
      RunSession session = openReal(config, around, lock.get());
      session.own = lock;
      return Optional.of(session);
    } catch (IOException | ConfigException | RuntimeException e) {
      lock.get().close();
      throw e;
    }
  }

  /**
   * What it is put together with.
   *
   * @param alive run before each call that a change of the zone consists of
   */
  public record Surroundings(World world, InstantSource clock, Runnable alive) {}

  /**
   * Opens one that changes nothing, and so needs no lock.
   *
   * @throws IOException if the state can't be used (for the user to fix)
   * @throws ConfigException if credentials are missing or wrong
   */
  public static RunSession openDryRun(WatcherConfig config, Surroundings around)
      throws IOException, ConfigException {
    StateDirectoryOwner.requireReadable(config.stateDirectory());
    return open(config, around, Mode.DRY_RUN);
  }

  /**
   * Takes the right to act.
   *
   * @return empty if another run or the daemon is already running
   * @throws IOException if the state can't be used (for the user to fix)
   * @throws UsageException if the state is another user's
   */
  public static Optional<StateLock> lock(WatcherConfig config, InstantSource clock)
      throws IOException, UsageException {
    try {
      return lock(config.stateDirectory());
    } catch (AccessDeniedException e) {
      // Who may not write there at all is somebody else than the user of the service.
      throw e;
    } catch (IOException e) {
      tell(config, clock, e);
      throw e;
    }
  }

  /**
   * Opens one that may act.
   *
   * @param lock of its state directory, which stays the caller's to let go
   * @throws IOException if the state can't be used (for the user to fix)
   * @throws ConfigException if credentials are missing or wrong
   */
  public static RunSession openReal(WatcherConfig config, Surroundings around, StateLock lock)
      throws IOException, ConfigException {
    if (!lock.directory().equals(config.stateDirectory())) {
      throw new IllegalArgumentException(lock.directory() + " is not its state directory");
    }
    try {
      return open(config, around, Mode.REAL);
    } catch (IOException e) {
      tell(config, around.clock(), e);
      throw e;
    }
  }

  private static RunSession open(WatcherConfig config, Surroundings around, Mode mode)
      throws IOException, ConfigException {
    WatcherModule watcherModule =
        new WatcherModule(config, around.world(), around.clock(), mode, around.alive());
    try {
      Watcher watcher =
          new WatcherFactory(config, watcherModule.ports(), around.clock(), mode).create();
      return new RunSession(watcherModule, watcher, config);
    } catch (IOException | RuntimeException e) {
      watcherModule.close();
      throw e;
    }
  }

  /** Nobody watches from here on, so somebody has to know. */
  private static void tell(WatcherConfig config, InstantSource clock, IOException trouble) {
    String who = config.failover().map(part -> part.site().name()).orElse("failover-watcher");
    Notice notice =
        new Notice(
            Notice.Topic.HALTED,
            "state",
            who + " is not watched: the watcher's state can't be used",
            FileErrorText.describe(trouble),
            clock.instant(),
            ImmutableMap.of("site", who, "problem", "state", "event", "begun"));
    if (isOurs(config.stateDirectory())) {
      // Whoever can write it again tells that.
      new StateWriteFailure(config.stateDirectory()).note(clock.instant());
    }
    try (Notifier notifier =
        new Notifier(
            config.notices(),
            config.stateDirectory().resolve("notices"),
            OkHttpCaller.create(),
            clock)) {
      notifier.post(notice);
      notifier.flush(LAST_WORDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nothing is left where others may have put something in its place. */
  private static boolean isOurs(Path state) {
    try {
      FileRights.ofThisProcess().requireOwnDirectory(state);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /** As another user, it only finds out whether somebody else holds it. */
  private static Optional<StateLock> lock(Path state) throws IOException, UsageException {
    boolean us = StateDirectoryOwner.isUs(state);
    if (us) {
      StateDirectory.make(state);
    } else if (!FileAccess.exists(state.resolve("lock"))) {
      StateDirectoryOwner.requireUs(state);
    }
    Optional<StateLock> lock = StateLock.tryTake(state);
    if (!us && lock.isPresent()) {
      lock.get().close();
      StateDirectoryOwner.requireUs(state);
    }
    return lock;
  }

  /**
   * Waits for the self-check, where it looks just now; what it finds is told by this run.
   *
   * @return what it found in order again, in this run
   */
  public Optional<String> awaitSelfCheck(Duration atMost) {
    return watcher.awaitSelfCheck(atMost);
  }

  public boolean isHalted() {
    return watcher.isHalted();
  }

  public RoundLoop rounds() {
    return new RoundLoop(watcher, config.interval());
  }

  public WatcherModule assembly() {
    return watcherModule;
  }

  /** Lets notices and pings go out. */
  public void lastWords() throws InterruptedException {
    watcherModule.flush(LAST_WORDS);
    watcher.awaitPings(LAST_WORDS);
  }

  /** Whether a run has to say how things stand; see {@link Watcher#isNews}. */
  public boolean isNews(String standing, boolean well) {
    return watcher.isNews(standing, well);
  }

  /** Saves what is remembered; false if it can't, which is told. */
  public boolean save() {
    return watcher.saveNow();
  }

  /** Saves what is remembered, and lets its own lock go. */
  @Override
  public void close() throws IOException {
    watcher.stop();
    save();
    watcherModule.close();
    if (own.isPresent()) {
      own.get().close();
    }
  }
}
