package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.ExitCode;
import io.relais.common.Faults;
import io.relais.common.Suggest;
import io.relais.common.logging.LogSetup;
import io.relais.common.toml.ConfigException;
import io.relais.openssh.SshConfigException;
import io.relais.sync.cli.CompareCommand.LeftOutCommand;
import io.relais.sync.cli.CompareCommand.VerifyCommand;
import io.relais.sync.cli.ConfigCommand.Check;
import io.relais.sync.index.IndexException;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.wiring.World;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.util.Optional;
import org.slf4j.event.Level;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the command line together; the one place that turns a failure into an exit code. */
final class CommandLines {
  private CommandLines() {}

  static CommandLine of(World world) {
    RootCommand root = new RootCommand(world);
    return new CommandLine(root)
        .addSubcommand(
            "config", new CommandLine(new ConfigCommand()).addSubcommand(new Check(root)))
        .addSubcommand(new VerifyCommand(root))
        .addSubcommand(new StatusCommand(root))
        .addSubcommand(new LeftOutCommand(root))
        .addSubcommand(new ResumeCommand(root))
        .addSubcommand(new PullCommand(root))
        .addSubcommand(
            "quarantine",
            new CommandLine(new QuarantineCommand())
                .addSubcommand(new QuarantineCommand.ListCommand(root))
                .addSubcommand(new QuarantineCommand.RestoreCommand(root)))
        .setOut(new PrintWriter(world.out(), true, UTF_8))
        .setErr(new PrintWriter(world.err(), true, UTF_8))
        .setParameterExceptionHandler((mistake, _) -> explain(world, mistake))
        .setExecutionStrategy(parsed -> runQuietly(world, parsed))
        .setExecutionExceptionHandler((failure, commandLine, parsed) -> explain(world, failure));
  }

  /** Only the agent itself logs its doings; it sets that up again. */
  private static int runQuietly(World world, ParseResult parsed) {
    LogSetup.apply(world.environment(), Level.WARN, world.err());
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int explain(World world, ParameterException mistake) {
    Optional<String> unknown = unknownCommand(mistake);
    world.err().println("sync-agent: " + unknown.orElse(mistake.getMessage()));
    if (unknown.isEmpty()) {
      UnmatchedArgumentException.printSuggestions(
          mistake, new PrintWriter(world.err(), true, UTF_8));
    }
    world
        .err()
        .println(
            "sync-agent: see "
                + mistake.getCommandLine().getCommandSpec().qualifiedName()
                + " --help");
    return ExitCode.USAGE.code();
  }

  /** What to say of a word that stands where a command does and is none; empty if there is none. */
  private static Optional<String> unknownCommand(ParameterException mistake) {
    CommandSpec spec = mistake.getCommandLine().getCommandSpec();
    if (!(mistake instanceof UnmatchedArgumentException unmatched)
        || spec.subcommands().isEmpty()
        || !spec.positionalParameters().isEmpty()) {
      return Optional.empty();
    }
    String word = unmatched.getUnmatched().getFirst();
    return word.startsWith("-")
        ? Optional.empty()
        : Optional.of(Suggest.unknownCommand(word, spec.subcommands().keySet()));
  }

  private static int explain(World world, Exception failure) {
    ExitCode code = codeOf(failure);
    if (code == ExitCode.INTERNAL) {
      world.err().println("sync-agent: this is a defect of the program, please report it:");
      failure.printStackTrace(world.err());
    } else {
      String prefix = failure instanceof ConfigException ? "" : "sync-agent: ";
      world.err().println(prefix + shown(failure));
    }
    return code.code();
  }

  /** What the user has written wrongly is said in whole; of files only what the system says. */
  private static String shown(Exception failure) {
    return failure instanceof FileSystemException
        ? Faults.withFile(failure)
        : String.valueOf(failure.getMessage());
  }

  static ExitCode codeOf(Exception failure) {
    return switch (failure) {
      case ConfigException _, SshConfigException _ -> ExitCode.USAGE;
      case TargetUnavailableException _ -> ExitCode.UNAVAILABLE;
      case TargetRefusedException _ -> ExitCode.REFUSED;
      case IOException _, IndexException _ -> ExitCode.PARTIAL;
      default -> ExitCode.INTERNAL;
    };
  }
}
