package io.relais.failover.cli;

import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Phase;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher failback}: to production, by hand. */
@Command(
    name = "failback",
    mixinStandardHelpOptions = true,
    description = {
      "Restore the records as they were found.",
      "Production is probed at its own address first, and has to serve."
    })
final class FailbackCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(names = "--yes", description = "Don't ask.")
  private boolean yes;

  @Option(
      names = "--force",
      description =
          "Even if production does not serve, or what was changed at the backup is not returned.")
  private boolean force;

  FailbackCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    WatcherConfig config = options.load();
    FailoverConfig failover = options.failover(config);
    ManualCommand manualCommand = new ManualCommand(options, config);
    ManualCommand.Order order =
        new ManualCommand.Order(
            force ? Observation.Command.FORCE_FAIL_BACK : Observation.Command.FAIL_BACK,
            Optional.of(ChangeKind.FAIL_BACK),
            force ? Set.of(Phase.UP, Phase.SUSPECT, Phase.DOWN) : Set.of(Phase.UP),
            "This points "
                + String.join(", ", failover.site().names())
                + " back at production"
                + (force
                    ? ", even if it does not serve. What was changed at the backup since the switch and"
                        + " is not returned is overwritten by production's."
                    : "."));
    manualCommand.confirm(order, failover.site().name(), yes);
    return manualCommand.carryOut(order).code();
  }
}
