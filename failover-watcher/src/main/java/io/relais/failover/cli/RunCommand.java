package io.relais.failover.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code failover-watcher run}: the daemon. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Watch in the foreground until SIGTERM; SIGHUP reads the configuration again.")
final class RunCommand implements Callable<Integer> {
  private final RootCommand options;

  RunCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    return new Daemon(options).run().code();
  }
}
