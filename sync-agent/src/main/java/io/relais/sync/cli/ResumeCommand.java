package io.relais.sync.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.relais.common.ExitCode;
import io.relais.common.Suggest;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.engine.HeldDeletes;
import io.relais.sync.engine.HeldDeletes.Listing;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.ResumeToken;
import io.relais.sync.wiring.MirrorSettingsFactory;
import io.relais.sync.wiring.StatusFile.CurrentStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sync-agent resume}: shows what a halted mirror would delete, and lets it go on. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description =
        "Show what a halted mirror would delete, and let it go on. The halt's message has the exact"
            + " command; its id is good for that one finding. Without the id it is asked for, at a"
            + " terminal.")
final class ResumeCommand implements Callable<Integer> {
  private static final int MOST_DIRECTORIES = 10;
  private static final int MOST_PATHS = 10;

  private final RootCommand options;

  @Parameters(index = "0", paramLabel = "MIRROR", description = "The name of the mirror.")
  private String mirror = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "The id of the halt; without it you are asked.")
  private String id = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls call
  private CommandSpec spec;

  ResumeCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    AgentConfig config = options.load();
    if (!id.isEmpty() && !id.matches("[0-9a-f]{8}")) {
      throw wrong("'" + id + "' is not a valid id: it has eight digits 0-9 a-f");
    }
    List<MirrorSettings> all = new MirrorSettingsFactory(config, options.configFile()).all();
    MirrorSettings settings =
        all.stream()
            .filter(each -> each.name().equals(mirror))
            .findFirst()
            .orElseThrow(() -> wrong("there is no mirror '" + mirror + "'" + hint(all)));
    if (!Files.isDirectory(settings.directory())) {
      throw wrong(mirror + " has never run: there is no " + settings.directory());
    }
    Optional<Listing> held = new HeldDeletes(settings.directory()).read();
    JsonNode entry = entry(config.stateDirectory());
    String halt = halt(entry, held);
    show(halt, held);
    if (id.isEmpty() && !isMeant(halt, settings)) {
      options.world().out().println(mirror + ": stays halted");
      return ExitCode.HALTED.code();
    }
    new ResumeToken(settings.directory()).give(halt);
    options
        .world()
        .out()
        .println(
            mirror
                + (entry.has("promotion")
                    ? ": goes on once the promotion is over: " + entry.path("message").asText()
                    : ": goes on"));
    return ExitCode.OK.code();
  }

  private JsonNode entry(Path stateDirectory) throws IOException {
    try {
      return CurrentStatus.of(stateDirectory).mirror(mirror);
    } catch (NoSuchFileException e) {
      return MissingNode.getInstance();
    }
  }

  /** What is shown may be a moment old; the mirror itself looks at the id once more. */
  private String halt(JsonNode entry, Optional<Listing> held) {
    if (!entry.path("can_be_let_pass").asBoolean(true)) {
      throw wrong(
          "no command lets this pass, only what it says: " + entry.path("message").asText());
    }
    String halt = entry.path("halt").asText();
    if (halt.isEmpty()) {
      // The agent has not shown it yet, or has something else to show, such as a link that is down.
      boolean unknown = !entry.isObject() && !id.isEmpty();
      halt = unknown ? id : held.map(Listing::halt).orElse("");
    }
    if (halt.isEmpty()) {
      throw wrong(mirror + " is not halted: " + entry.path("message").asText());
    }
    if (!id.isEmpty() && !halt.equals(id)) {
      throw wrong(mirror + " is halted for another finding: " + entry.path("message").asText());
    }
    return halt;
  }

  private void show(String halt, Optional<Listing> held) {
    PrintStream out = options.world().out();
    Listing listing = held.filter(each -> each.halt().equals(halt)).orElse(null);
    if (listing == null || listing.total() == 0) {
      out.println(
          mirror
              + ": what it would delete is known only once it compares again; see beforehand with:"
              + " sync-agent -c "
              + options.configFile().toAbsolutePath()
              + " --dry-run");
      return;
    }
    out.println("%s: would delete %,d entries:".formatted(mirror, listing.total()));
    listing.directories().stream()
        .limit(MOST_DIRECTORIES)
        .forEach(directory -> out.println("  in " + directory));
    listing.paths().stream().limit(MOST_PATHS).forEach(path -> out.println("  " + path));
    if (listing.total() > MOST_PATHS) {
      out.println("  and %,d more".formatted(listing.total() - MOST_PATHS));
    }
  }

  private boolean isMeant(String halt, MirrorSettings settings) {
    String answer =
        options
            .world()
            .terminal()
            .ask(mirror + ": let it go on as it is? [y/N] ")
            .orElseThrow(
                () ->
                    wrong(
                        "nobody is at a terminal to be asked; to let it go on, run: "
                            + settings.resumeCommand()
                            + " "
                            + halt));
    return List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private String hint(List<MirrorSettings> all) {
    return Suggest.nearest(mirror, all.stream().map(MirrorSettings::name).toList())
        .map(near -> "; did you mean '" + near + "'?")
        .orElse("");
  }
}
