package io.relais.failover.cli;

import io.relais.common.toml.ConfigException;
import io.relais.failover.config.ConfigLoader;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.World;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code failover-watcher} itself: only its sub-commands do something. */
@Command(
    name = "failover-watcher",
    mixinStandardHelpOptions = true,
    versionProvider = RootCommand.Version.class,
    description = "Watches a web site, and moves its DNS records to the backup when that helps.",
    footerHeading = "%nExit codes:%n",
    footer = {
      "  0  production serves; or: done",
      "  2  the command line or the configuration is wrong",
      "  3  something that is needed can't be reached; status: no rounds are made",
      "  5  the state directory can't be used",
      "  6  halted until an operator decides",
      " 10  the records point at the backup",
      " 11  down, and not switched (the message says why)",
      " 12  blind: our own line is in doubt, nothing was done",
      " 13  another run or the daemon is at work",
      " 14  a change is accepted, and not visible everywhere yet",
      " 15  a check failed (doctor, drill, notify-test, the self-check in status)",
      " 50  out of memory",
      " 70  a defect of the program"
    })
final class RootCommand implements Runnable {
  private final World world;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls run
  private CommandSpec spec;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The configuration (default: /etc/failover-watcher/failover-watcher.toml).")
  private Path config = ConfigLoader.DEFAULT_FILE;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON where something is printed for reading.")
  private boolean json;

  @Option(
      names = "--dry-run",
      scope = ScopeType.INHERIT,
      description = "Look and decide, print what would be done, and change nothing.")
  private boolean dryRun;

  RootCommand(World world) {
    this.world = world;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say what to do: check, run, status, doctor, drill …");
  }

  World world() {
    return world;
  }

  Path configFile() {
    return config;
  }

  boolean json() {
    return json;
  }

  boolean dryRun() {
    return dryRun;
  }

  ConfigLoader loader() {
    return new ConfigLoader(world.environment());
  }

  /** Reads the configuration, with every mistake in it. */
  WatcherConfig load() throws ConfigException {
    return loader().load(config);
  }

  /**
   * The part that can switch.
   *
   * @throws UsageException if the configuration only watches
   */
  FailoverConfig failover(WatcherConfig loaded) throws UsageException {
    return loaded
        .failover()
        .orElseThrow(
            () -> new UsageException(config + " only watches: it has no [site] to switch"));
  }

  /** The version in the manifest of the jar; there is none in a run from the compiler's output. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"failover-watcher " + (version == null ? "(development)" : version)};
    }
  }
}
