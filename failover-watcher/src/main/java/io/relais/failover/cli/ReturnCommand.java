package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Phase;
import io.relais.failover.promotion.CopyFence;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher return}: to production, with nothing lost of what changed meanwhile. */
@Command(
    name = "return",
    mixinStandardHelpOptions = true,
    description = {
      "Go back to production once what changed at the backup is settled.",
      "Shows what stands between: on production, 'sync-agent pull NAME --since-promotion' brings"
          + " changes back or keeps them. Then restores the records as 'failback' does, and lets"
          + " sync-agent change the copies again. Can be repeated at any point."
    })
final class ReturnCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(names = "--yes", description = "Don't ask.")
  private boolean yes;

  ReturnCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    FailoverConfig failover = options.failover(config);
    StateDirectoryOwner.requireReadable(config.stateDirectory());
    CopyFence fence = CopyFence.of(failover);
    ImmutableList<CopyFence.Standing> standings = fence.standings();
    if (!options.json()) {
      standings.forEach(copy -> world.out().println(copy.name() + ": " + copy.describe()));
    }
    String unreturned = fence.unreturned();
    if (!unreturned.isEmpty()) {
      world.err().println("failover-watcher: not returned: " + unreturned);
      return Exit.FAILED.code();
    }
    if (isAtProduction(config)) {
      return lift(fence, standings).code();
    }
    ManualCommand manualCommand = new ManualCommand(options, config);
    ManualCommand.Order order =
        new ManualCommand.Order(
            Observation.Command.FAIL_BACK,
            Optional.of(ChangeKind.FAIL_BACK),
            Set.of(Phase.UP),
            "This points "
                + String.join(", ", failover.site().names())
                + " back at production, and lets sync-agent change the copies again.");
    manualCommand.confirm(order, failover.site().name(), yes);
    return manualCommand.carryOut(order).code();
  }

  /** As far as is known: then only the fence is left, as after a kill between the two. */
  private static boolean isAtProduction(WatcherConfig config) throws IOException {
    return new StatusFile(config.stateDirectory())
        .read()
        .flatMap(StatusReport::failover)
        .map(site -> StatusReports.phase(site.phase()))
        .filter(phase -> phase == Phase.UP)
        .isPresent();
  }

  private Exit lift(CopyFence fence, ImmutableList<CopyFence.Standing> standings) {
    World world = options.world();
    if (standings.isEmpty()) {
      world.out().println("nothing to do; the records point at production, and no copy is fenced");
      return Exit.OK;
    }
    if (options.dryRun()) {
      world.out().println("would let sync-agent change the copies again");
      return Exit.OK;
    }
    ImmutableList<String> problems = fence.lift();
    problems.forEach(problem -> world.err().println("failover-watcher: " + problem));
    if (problems.isEmpty()) {
      world.out().println("done; the records point at production, and no copy is fenced any more");
    }
    return problems.isEmpty() ? Exit.OK : Exit.FAILED;
  }
}
