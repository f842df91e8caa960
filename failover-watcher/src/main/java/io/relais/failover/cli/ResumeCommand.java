package io.relais.failover.cli;

import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Phase;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code failover-watcher resume}: out of a halt. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = {
      "Leave a halt, once what it named has been fixed.",
      "Nobody is asked: if production is down, this switches at once. --dry-run tells what it would"
          + " do."
    })
final class ResumeCommand implements Callable<Integer> {
  private final RootCommand options;

  ResumeCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    WatcherConfig config = options.load();
    options.failover(config);
    ManualCommand.Order order =
        new ManualCommand.Order(
            Observation.Command.RESUME,
            Optional.empty(),
            EnumSet.complementOf(EnumSet.of(Phase.HALTED)),
            "");
    return new ManualCommand(options, config).carryOut(order).code();
  }
}
