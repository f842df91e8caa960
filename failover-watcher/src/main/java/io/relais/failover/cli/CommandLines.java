package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.ExitCode;
import io.relais.common.Suggest;
import io.relais.common.logging.LogSetup;
import io.relais.common.toml.ConfigException;
import io.relais.failover.wiring.FileErrorText;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the command line together; the one place that turns a failure into an exit code. */
final class CommandLines {
  private static final String NAME = "failover-watcher: ";

  private CommandLines() {}

  static CommandLine of(World world) {
    RootCommand root = new RootCommand(world);
    return new CommandLine(root)
        .addSubcommand(new CheckCommand(root))
        .addSubcommand(new RunCommand(root))
        .addSubcommand(new StatusCommand(root))
        .addSubcommand(new HistoryCommand(root))
        .addSubcommand(new SwitchCommand(root))
        .addSubcommand(new FailbackCommand(root))
        .addSubcommand(new ResumeCommand(root))
        .addSubcommand(new DrillCommand(root))
        .addSubcommand(new ReadyCommand(root))
        .addSubcommand(new RehearseCommand(root))
        .addSubcommand(new ReturnCommand(root))
        .addSubcommand(new DoctorCommand(root))
        .addSubcommand(new NotifyTestCommand(root))
        .addSubcommand(new OvhLoginCommand(root))
        .addSubcommand(
            "config",
            new CommandLine(new ConfigCommand()).addSubcommand(new ConfigCommand.Check(root)))
        .setOut(new PrintWriter(world.out(), true, UTF_8))
        .setErr(new PrintWriter(world.err(), true, UTF_8))
        .setParameterExceptionHandler((mistake, _) -> explain(world, mistake))
        .setExecutionStrategy(parsed -> runQuietly(world, parsed))
        .setExecutionExceptionHandler((failure, commandLine, parsed) -> explain(world, failure));
  }

  /** Only the daemon and the checks log their doings; they set that up again. */
  private static int runQuietly(World world, ParseResult parsed) {
    LogSetup.apply(world.environment(), Level.WARN, world.err());
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int explain(World world, ParameterException mistake) {
    Optional<String> unknown = unknownCommand(mistake);
    world.err().println(NAME + unknown.orElse(mistake.getMessage()));
    if (unknown.isEmpty()) {
      UnmatchedArgumentException.printSuggestions(
          mistake, new PrintWriter(world.err(), true, UTF_8));
    }
    String command = mistake.getCommandLine().getCommandSpec().qualifiedName();
    world.err().println(NAME + "see " + command + " --help");
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
    return switch (failure) {
      case ConfigException mistakes -> say(world, "", mistakes.getMessage(), Exit.USAGE);
      case UsageException mistake -> say(world, NAME, mistake.getMessage(), Exit.USAGE);
      case IOException trouble -> say(world, NAME, FileErrorText.describe(trouble), Exit.STATE);
      case InterruptedException _ -> say(world, NAME, "interrupted", Exit.UNAVAILABLE);
      default -> {
        failure.printStackTrace(world.err());
        say(world, NAME, "this is a defect of the program, please report it", Exit.UNAVAILABLE);
        yield ExitCode.INTERNAL.code();
      }
    };
  }

  private static int say(World world, String prefix, @Nullable String text, Exit exit) {
    world.err().println(prefix + text);
    return exit.code();
  }
}
