package io.relais.sync.cli;

import io.relais.common.ExitCode;
import io.relais.common.toml.ConfigException;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.ConfigLoader;
import io.relais.sync.path.ShellWord;
import io.relais.sync.wiring.OpenSshConfig;
import io.relais.sync.wiring.World;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code sync-agent} itself: mirrors until SIGTERM, or only says what it would do. */
@Command(
    name = "sync-agent",
    mixinStandardHelpOptions = true,
    versionProvider = RootCommand.Version.class,
    description =
        "Mirrors directories live to another server over SFTP, in the foreground until SIGTERM.",
    footerHeading = "%nExit codes:%n",
    footer = {
      "  0  done; with --dry-run and verify: in sync",
      "  1  differences were found",
      "  2  the command line or the configuration is wrong",
      "  3  the target can't be reached, or (status) has not answered for 30 s, or the agent"
          + " doesn't run",
      "  4  a host key or a login was refused",
      "  5  some paths, or the state directory, could not be read, written or compared",
      "  6  halted by a safety check until a person decides",
      " 50  out of memory",
      " 70  a defect of the program"
    })
final class RootCommand implements Callable<Integer> {
  private static final Path DEFAULT_CONFIG = Path.of("/etc/sync-agent/sync-agent.toml");

  private final World world;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The configuration (default: /etc/sync-agent/sync-agent.toml).")
  private Path config = DEFAULT_CONFIG;

  @Option(
      names = "--dry-run",
      description = "Connect, compare, print what would be done, and change nothing.")
  private boolean dryRun;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON, one object a line, where something is printed for reading.")
  private boolean json;

  RootCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws Exception {
    ExitCode code =
        dryRun ? new CompareCommand(this).dryRun() : new Daemon(world, this::load, config).run();
    return code.code();
  }

  World world() {
    return world;
  }

  Path configFile() {
    return config;
  }

  /** How this program is run with the same configuration, for you to type. */
  String command() {
    return config.equals(DEFAULT_CONFIG)
        ? "sync-agent"
        : "sync-agent -c " + ShellWord.quote(config.toAbsolutePath());
  }

  boolean json() {
    return json;
  }

  /** Reads the configuration, with every mistake in it. */
  AgentConfig load() throws ConfigException {
    return loader().load(config);
  }

  ConfigLoader loader() {
    return new ConfigLoader(
        world.environment(), file -> OpenSshConfig.hosts(file, world.environment()));
  }

  /** The version in the manifest of the jar; there is none in a run from the compiler's output. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"sync-agent " + (version == null ? "(development)" : version)};
    }
  }
}
