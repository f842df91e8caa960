package io.relais.failover.cli;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.DurationFormat;
import io.relais.common.Printable;
import io.relais.common.toml.ConfigException;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.diagnose.Drill;
import io.relais.failover.diagnose.Preflight;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.wiring.DrillZone;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.WatcherModule;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes a drill with the parts of a configuration, and prints each step. For one thread. */
final class DrillRun {
  private final RootCommand options;
  private final WatcherConfig config;
  private final FailoverConfig failover;

  DrillRun(RootCommand options, WatcherConfig config, FailoverConfig failover) {
    this.options = options;
    this.config = config;
    this.failover = failover;
  }

  /** Everything that a switch does before and but the change. */
  ImmutableList<Preflight.Step> rehearse()
      throws IOException, ConfigException, InterruptedException {
    try (WatcherModule watcherModule = module()) {
      return drill(watcherModule).rehearse(watcherModule.switching().changer());
    }
  }

  /**
   * A whole switch and the way back, on a name made for that; only what would be done, if nothing
   * may be changed.
   *
   * @param test checked by {@link #testName}
   * @return empty if another drill is at work
   */
  Optional<ImmutableList<Preflight.Step>> perform(String test)
      throws IOException, ConfigException, UsageException, InterruptedException {
    World world = options.world();
    try (WatcherModule watcherModule = module()) {
      WatcherModule.Switching parts = watcherModule.switching();
      Drill drill = drill(watcherModule);
      if (options.dryRun()) {
        return Optional.of(
            drill.preview(
                DrillZone.lookingOnly(config.stateDirectory(), parts, test, world.clock())));
      }
      StateDirectoryOwner.requireUs(config.stateDirectory());
      Optional<DrillZone> zone =
          DrillZone.open(config.stateDirectory(), parts, test, world.clock());
      if (zone.isEmpty()) {
        return Optional.empty();
      }
      try (DrillZone open = zone.get()) {
        return Optional.of(drill.perform(open.changer()));
      }
    }
  }

  /** What a switch would find wrong with the backup and its copy. */
  ImmutableList<Preflight.Step> notReady()
      throws IOException, ConfigException, InterruptedException {
    try (WatcherModule watcherModule = module()) {
      Preflight preflight = preflight(watcherModule);
      return Stream.of(preflight.backup(), preflight.heartbeats())
          .map(Preflight.Question::step)
          .filter(step -> !step.ok())
          .collect(toImmutableList());
    }
  }

  private WatcherModule module() throws IOException, ConfigException {
    World world = options.world();
    return new WatcherModule(config, world, world.clock(), Mode.DRY_RUN, () -> {});
  }

  private Drill drill(WatcherModule watcherModule) {
    return new Drill(preflight(watcherModule), options.json() ? new Mute() : new Printed());
  }

  private Preflight preflight(WatcherModule watcherModule) {
    return new Preflight(
        failover,
        watcherModule.prober(),
        watcherModule.http(),
        watcherModule.switching().addresses(),
        options.world().clock());
  }

  /**
   * A name for drills.
   *
   * @throws UsageException if it is not a name, or is in real use
   */
  static String testName(FailoverConfig failover, String given) throws UsageException {
    String name = given.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
    if (!name.matches("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+")) {
      throw new UsageException(Printable.quoted(given) + " is not a valid DNS name");
    }
    boolean backups = failover.dyndns().filter(own -> own.name().equals(name)).isPresent();
    if (failover.site().names().contains(name) || backups) {
      throw new UsageException(name + " is in real use; take a name made for tests");
    }
    return name;
  }

  /** A line as each step ends, and at once when one does not get on. */
  private final class Printed implements Drill.Listener {
    @Override
    public void ended(Preflight.Step step) {
      line(step.ok() ? "ok" : "FAILED", DurationFormat.of(step.took()), step.name(), step.detail());
    }

    @Override
    public void waits(String name, String why) {
      line("waits", "", name, why + "; it is tried again");
    }

    private void line(String word, String took, String name, String detail) {
      options.world().out().printf("%-8s %9s  %s: %s%n", word, took, name, detail);
    }
  }

  /** For JSON, which is printed at the end. */
  private static final class Mute implements Drill.Listener {
    @Override
    public void ended(Preflight.Step step) {}

    @Override
    public void waits(String name, String why) {}
  }
}
