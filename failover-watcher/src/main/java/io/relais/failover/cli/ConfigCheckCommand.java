package io.relais.failover.cli;

import io.relais.failover.config.ConfigLoader;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code failover-watcher config check}: reads the file, and connects to nothing. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Check the configuration and the files that it names; connect to nothing.")
final class ConfigCheckCommand implements Callable<Integer> {
  private final RootCommand options;

  ConfigCheckCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    PrintStream out = options.world().out();
    ConfigLoader.Checked checked = options.loader().check(options.configFile());
    checked.warnings().forEach(out::println);
    checked
        .config()
        .failover()
        .ifPresent(
            part ->
                out.println(
                    part.site().name()
                        + ": "
                        + part.site().probes().size()
                        + " probes, "
                        + part.canaries().size()
                        + " canaries; moves "
                        + String.join(", ", part.site().names())));
    checked.config().watches().forEach(watch -> out.println(watch.name() + ": only watched"));
    out.println(options.configFile() + ": ok");
    return Exit.OK.code();
  }
}
