package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.dns.Check;
import io.relais.failover.state.StatusFile;
import io.relais.failover.wiring.Clients;
import io.relais.failover.wiring.World;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher doctor}: does everything work that a switch will need? */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Try everything that a switch will need: each line is ok, or says what to do.",
      "It changes nothing, neither what is served nor what is stored: rights are asked for, or, at"
          + " a name server, tried by an update that changes nothing, which --dry-run leaves out."
          + " Only 'drill --name' proves that updates are accepted."
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
        new DoctorRun(config, world, new Clients(world, world.clock())).all(options.dryRun(), send);
    if (options.json()) {
      world.out().println(StatusFile.json(checks));
    } else {
      checks.forEach(check -> world.out().println(line(check)));
      world.out().println(conclusion(checks, config.failover().isPresent()));
    }
    return (checks.stream().anyMatch(DoctorCommand::isBad) ? Exit.FAILED : Exit.OK).code();
  }

  /** An answer that may come later does not help an operator who looks now. */
  private static boolean isBad(Check check) {
    return switch (check.result()) {
      case FAILED, UNANSWERED -> true;
      case OK, WARNING, UNKNOWN -> false;
    };
  }

  private static String conclusion(ImmutableList<Check> checks, boolean switches) {
    long bad = checks.stream().filter(DoctorCommand::isBad).count();
    if (bad > 0) {
      return (switches ? "NOT ready to switch: " : "")
          + (bad == 1 ? "1 check failed" : bad + " checks failed");
    }
    long warnings = count(checks, Check.Status.WARNING);
    long unknown = count(checks, Check.Status.UNKNOWN);
    return (switches ? "ready to switch" : "no check failed")
        + (warnings == 0
            ? ""
            : warnings == 1 ? ", with 1 warning" : ", with %d warnings".formatted(warnings))
        + (unknown == 0
            ? ""
            : ", but for what can't be seen (%d of %d checks)".formatted(unknown, checks.size()));
  }

  private static long count(ImmutableList<Check> checks, Check.Status status) {
    return checks.stream().filter(check -> check.result() == status).count();
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
