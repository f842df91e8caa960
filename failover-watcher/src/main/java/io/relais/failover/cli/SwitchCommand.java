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

/** {@code failover-watcher switch}: to the backup, by hand. */
@Command(
    name = "switch",
    mixinStandardHelpOptions = true,
    description = "Point the records at the backup now, whatever production does.")
final class SwitchCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(names = "--yes", description = "Don't ask.")
  private boolean yes;

  @Option(
      names = "--force",
      description =
          "Even if the backup is not ready: its copy is stale, say, or it does not serve the site.")
  private boolean force;

  SwitchCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    WatcherConfig config = options.load();
    FailoverConfig failover = options.failover(config);
    ManualCommand manualCommand = new ManualCommand(options, config);
    ManualCommand.Order order =
        new ManualCommand.Order(
            force ? Observation.Command.FORCE_SWITCH : Observation.Command.SWITCH,
            Optional.of(ChangeKind.SWITCH),
            Set.of(Phase.ON_BACKUP, Phase.RECOVERING),
            "This points "
                + String.join(", ", failover.site().names())
                + " at the backup"
                + (force ? ", even if it is not ready." : "."));
    if (force) {
      new DrillRun(options, config, failover)
          .notReady()
          .forEach(step -> options.world().err().println(step.name() + ": " + step.detail()));
    }
    manualCommand.confirm(order, failover.site().name(), yes);
    return manualCommand.carryOut(order).code();
  }
}
