package io.relais.failover.cli;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.ConfigProblem;
import io.relais.failover.config.ConfigLoader;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.SiteConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.state.StatusFile;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code failover-watcher config}: only its sub-command does something. */
@Command(name = "config", mixinStandardHelpOptions = true, description = "Check the configuration.")
final class ConfigCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: config check");
  }

  /** {@code failover-watcher config check}: reads the file, and connects to nothing. */
  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = "Check the configuration and the files that it names; connect to nothing.")
  static final class Check implements Callable<Integer> {
    private final RootCommand options;

    Check(RootCommand options) {
      this.options = options;
    }

    @Override
    public Integer call() throws Exception {
      PrintStream out = options.world().out();
      ConfigLoader.Checked checked = options.loader().check(options.configFile());
      if (options.json()) {
        out.println(StatusFile.json(report(checked)));
        return Exit.OK.code();
      }
      checked.warnings().forEach(out::println);
      checked.config().failover().ifPresent(part -> out.println(line(part)));
      checked.config().watches().forEach(watch -> out.println(watch.name() + ": only watched"));
      out.println(options.configFile() + ": ok");
      return Exit.OK.code();
    }

    private static String line(FailoverConfig part) {
      return "%s: %s, %s; moves %s"
          .formatted(
              part.site().name(),
              count(part.site().probes().size(), "probe", "probes"),
              count(part.canaries().size(), "canary", "canaries"),
              String.join(", ", part.site().names()));
    }

    private static String count(int number, String one, String more) {
      return number + " " + (number == 1 ? one : more);
    }

    /** What {@code --json} prints of a file without mistakes. */
    private record Report(
        String file,
        ImmutableList<String> warnings,
        Optional<String> site,
        ImmutableList<String> names,
        ImmutableList<String> watches) {}

    private Report report(ConfigLoader.Checked checked) {
      Optional<SiteConfig> site = checked.config().failover().map(FailoverConfig::site);
      return new Report(
          options.configFile().toString(),
          checked.warnings().stream().map(ConfigProblem::toString).collect(toImmutableList()),
          site.map(SiteConfig::name),
          site.map(SiteConfig::names).orElse(ImmutableList.of()),
          checked.config().watches().stream().map(WatchConfig::name).collect(toImmutableList()));
    }
  }
}
