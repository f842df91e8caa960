package io.relais.sync.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.relais.common.ExitCode;
import io.relais.common.Suggest;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.Resumption;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sync-agent resume}: lets a halted mirror go on. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description =
        "Let a halted mirror go on. The halt's message has the exact command; its id is good for"
            + " that one finding.")
final class ResumeCommand implements Callable<Integer> {
  private final RootCommand options;

  @Parameters(index = "0", paramLabel = "MIRROR", description = "The name of the mirror.")
  private String mirror = "";

  @Parameters(index = "1", paramLabel = "ID", description = "The id of the halt.")
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
    if (!id.matches("[0-9a-f]{8}")) {
      throw wrong("'" + id + "' is no id: it has eight digits 0-9 a-f");
    }
    List<MirrorSettings> all = new Settings(config, options.configFile()).all();
    MirrorSettings settings =
        all.stream()
            .filter(each -> each.name().equals(mirror))
            .findFirst()
            .orElseThrow(() -> wrong("there is no mirror '" + mirror + "'" + hint(all)));
    if (!Files.isDirectory(settings.directory())) {
      throw wrong(mirror + " has never run: there is no " + settings.directory());
    }
    checkHalt(new StatusFile(config));
    new Resumption(settings.directory()).give(id);
    options.world().out().println(mirror + ": goes on");
    return ExitCode.OK.code();
  }

  /** What is shown may be a moment old; the mirror itself looks at the id once more. */
  private void checkHalt(StatusFile status) throws IOException {
    JsonNode entry =
        status.exists() ? status.read().path("mirrors").path(mirror) : MissingNode.getInstance();
    String halt = entry.path("halt").asText();
    if (entry.isObject() && !halt.equals(id)) {
      throw wrong(
          halt.isEmpty()
              ? mirror + " is not halted: " + entry.path("message").asText()
              : mirror + " is halted for another finding: " + entry.path("message").asText());
    }
    if (!entry.path("can_be_let_pass").asBoolean(true)) {
      throw wrong(
          "no command lets this pass, only what it says: " + entry.path("message").asText());
    }
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
