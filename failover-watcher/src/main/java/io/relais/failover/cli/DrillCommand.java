package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.engine.Drill;
import io.relais.failover.engine.StatusFile;
import io.relais.failover.engine.Texts;
import io.relais.failover.engine.WatcherFactory.Mode;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher drill}: a switch, rehearsed. */
@Command(
    name = "drill",
    mixinStandardHelpOptions = true,
    description = {
      "Do everything that a switch does but the change, with measured times. With --name, do the",
      "whole of it, there and back, on a name that is there for tests."
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
    ImmutableList<Drill.Step> steps;
    try (Assembly assembly = new Assembly(config, world, world.clock(), Mode.DRY_RUN)) {
      Drill drill =
          new Drill(
              failover,
              assembly.prober(),
              assembly.http(),
              assembly.addresses().orElseThrow(),
              world.clock());
      steps =
          name == null || options.dryRun()
              ? drill.rehearse(assembly.changer())
              : drill.perform(assembly.drillChanger(testName(failover, name)));
    }
    if (options.json()) {
      world.out().println(StatusFile.json(steps));
    } else {
      print(config, failover, steps);
    }
    return (steps.stream().allMatch(Drill.Step::ok) ? Exit.OK : Exit.FAILED).code();
  }

  private static String testName(FailoverConfig failover, String given) throws UsageException {
    String name = given.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
    if (failover.site().names().contains(name)) {
      throw new UsageException(name + " is the site's own; use a name made for tests");
    }
    return name;
  }

  private void print(
      WatcherConfig config, FailoverConfig failover, ImmutableList<Drill.Step> steps) {
    for (Drill.Step step : steps) {
      options
          .world()
          .out()
          .printf(
              "%-8s %9s  %s: %s%n",
              step.ok() ? "ok" : "FAILED", Texts.duration(step.took()), step.name(), step.detail());
    }
    if (name == null) {
      Duration detection = config.interval().multipliedBy(failover.policy().failures());
      Duration rest = steps.stream().map(Drill.Step::took).reduce(Duration.ZERO, Duration::plus);
      options
          .world()
          .out()
          .println(
              "From an outage to the accepted change: about %s of probing (%d failures, one every %s) and at most %s for the rest."
                  .formatted(
                      Texts.duration(detection),
                      failover.policy().failures(),
                      Texts.duration(config.interval()),
                      Texts.duration(rest)));
    }
  }
}
