package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.common.DurationFormat;
import io.relais.common.Printable;
import io.relais.common.toml.ConfigException;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.diagnose.Drill;
import io.relais.failover.diagnose.Preflight;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.state.StatusFile;
import io.relais.failover.wiring.DrillZone;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.WatcherModule;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher drill}: a switch, rehearsed. */
@Command(
    name = "drill",
    mixinStandardHelpOptions = true,
    description = {
      "Do everything that a switch does but the change, with measured times.",
      "With --name, do the whole of it, there and back, on a name that is there for tests."
    })
final class DrillCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(
      names = "--name",
      paramLabel = "TESTNAME",
      description =
          "A name with an A record of its own, at the same provider; none of the site's names.")
  private @Nullable String name;

  DrillCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    FailoverConfig failover = options.failover(config);
    Optional<String> test = name == null ? Optional.empty() : Optional.of(testName(failover, name));
    Optional<ImmutableList<Preflight.Step>> done = steps(config, failover, test);
    if (done.isEmpty()) {
      world.err().println("failover-watcher: another drill is at work");
      return Exit.BUSY.code();
    }
    ImmutableList<Preflight.Step> steps = done.get();
    boolean ok = steps.stream().allMatch(Preflight.Step::ok);
    if (options.json()) {
      world.out().println(StatusFile.json(steps));
    } else if (ok && test.isEmpty()) {
      world.out().println(estimate(config, failover, steps));
    }
    return (ok ? Exit.OK : Exit.FAILED).code();
  }

  private Optional<ImmutableList<Preflight.Step>> steps(
      WatcherConfig config, FailoverConfig failover, Optional<String> test)
      throws IOException, ConfigException, UsageException, InterruptedException {
    World world = options.world();
    try (WatcherModule watcherModule =
        new WatcherModule(config, world, world.clock(), Mode.DRY_RUN, () -> {})) {
      WatcherModule.Switching parts = watcherModule.switching();
      Drill drill =
          new Drill(
              new Preflight(
                  failover,
                  watcherModule.prober(),
                  watcherModule.http(),
                  parts.addresses(),
                  world.clock()),
              options.json() ? new Mute() : new Printed());
      if (test.isEmpty()) {
        return Optional.of(drill.rehearse(parts.changer()));
      }
      if (options.dryRun()) {
        return Optional.of(
            drill.preview(
                DrillZone.lookingOnly(config.stateDirectory(), parts, test.get(), world.clock())));
      }
      StateDirectoryOwner.requireUs(config.stateDirectory());
      Optional<DrillZone> zone =
          DrillZone.open(config.stateDirectory(), parts, test.get(), world.clock());
      if (zone.isEmpty()) {
        return Optional.empty();
      }
      try (DrillZone open = zone.get()) {
        return Optional.of(drill.perform(open.changer()));
      }
    }
  }

  private static String testName(FailoverConfig failover, String given) throws UsageException {
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

  private static String estimate(
      WatcherConfig config, FailoverConfig failover, ImmutableList<Preflight.Step> steps) {
    Duration detection = config.interval().multipliedBy(failover.policy().failures());
    Duration rest = steps.stream().map(Preflight.Step::took).reduce(Duration.ZERO, Duration::plus);
    return ("From an outage to the accepted change: about %s of probing (%d failures, one every %s)"
            + " and at most %s for the rest.")
        .formatted(
            DurationFormat.of(detection),
            failover.policy().failures(),
            DurationFormat.of(config.interval()),
            DurationFormat.of(rest));
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
