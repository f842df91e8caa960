package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.dns.Check;
import io.relais.failover.engine.StatusFile;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher doctor}: does everything work that a switch will need? */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Try everything that a switch will need: each line is ok, or says what to do.",
      "The records stay as they are: at OVH it writes them back unchanged to try its rights, and"
          + " with --dry-run not even that. Only 'drill --name' proves that updates are accepted."
    })
final class DoctorCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(
      names = "--notify",
      description = "Send a test through every channel, and ping the dead man's switch, too.")
  private boolean notify;

  DoctorCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    boolean send = notify && !options.dryRun();
    ImmutableList<Check> checks =
        new Examination(config, world, new Toolbox(world, world.clock()))
            .all(options.dryRun(), send);
    if (options.json()) {
      world.out().println(StatusFile.json(checks));
    } else {
      checks.forEach(check -> world.out().println(line(check)));
    }
    return (checks.stream().anyMatch(DoctorCommand::isBad) ? Exit.FAILED : Exit.OK).code();
  }

  /** A person who looks now is not helped by an answer that may come later. */
  private static boolean isBad(Check check) {
    return switch (check.result()) {
      case FAILED, UNANSWERED -> true;
      case OK, WARNING, UNKNOWN -> false;
    };
  }

  private static String line(Check check) {
    String word =
        switch (check.result()) {
          case OK -> "ok       ";
          case WARNING -> "warning  ";
          case FAILED, UNANSWERED -> "FAILED   ";
          case UNKNOWN -> "unknown  ";
        };
    return word + check.name() + (check.detail().isEmpty() ? "" : ": " + check.detail());
  }
}
