package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.common.DurationFormat;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.diagnose.Preflight;
import io.relais.failover.state.StatusFile;
import io.relais.failover.wiring.World;
import java.time.Duration;
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
    DrillRun run = new DrillRun(options, config, failover);
    Optional<String> test =
        name == null ? Optional.empty() : Optional.of(DrillRun.testName(failover, name));
    Optional<ImmutableList<Preflight.Step>> done =
        test.isEmpty() ? Optional.of(run.rehearse()) : run.perform(test.get());
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
}
