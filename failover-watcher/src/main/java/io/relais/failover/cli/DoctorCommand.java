package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.dns.Check;
import io.relais.failover.engine.Doctor;
import io.relais.failover.engine.StatusFile;
import io.relais.failover.engine.WatcherFactory.Mode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code failover-watcher doctor}: does everything work that a switch will need? */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Try everything that a switch will need: each line is ok, or says what to do. The records",
      "stay as they are; with --dry-run nothing is even written back unchanged."
    })
final class DoctorCommand implements Callable<Integer> {
  private final RootCommand options;

  DoctorCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    ImmutableList<Check> checks;
    try (Assembly assembly = new Assembly(config, world, world.clock(), Mode.DRY_RUN)) {
      Doctor doctor =
          new Doctor(
              new Doctor.Looker(assembly.prober(), assembly.http(), assembly.addresses()),
              new Doctor.Zone(assembly.provider(), assembly.authority()),
              world.clock(),
              options.dryRun());
      checks = doctor.examine(config);
    }
    if (options.json()) {
      world.out().println(StatusFile.json(checks));
    } else {
      checks.forEach(check -> world.out().println(line(check)));
    }
    boolean failed = checks.stream().anyMatch(check -> check.result() == Check.Result.FAILED);
    return (failed ? Exit.FAILED : Exit.OK).code();
  }

  private static String line(Check check) {
    String word =
        switch (check.result()) {
          case OK -> "ok       ";
          case WARNING -> "warning  ";
          case FAILED -> "FAILED   ";
        };
    return word + check.name() + (check.detail().isEmpty() ? "" : ": " + check.detail());
  }
}
