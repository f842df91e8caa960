package io.relais.sync.cli;

import io.relais.common.ExitCode;
import io.relais.common.Suggest;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.Resumption;
import io.relais.sync.engine.StatusBoard;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sync-agent resume}: lets a halted mirror go on. */
@Command(
    name = "resume",
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
      throw new ParameterException(
          spec.commandLine(), "'" + id + "' is no id: it has eight digits 0-9 a-f");
    }
    MirrorSettings settings = settings(config);
    if (!Files.isDirectory(settings.directory())) {
      throw new ParameterException(
          spec.commandLine(), mirror + " has never run: there is no " + settings.directory());
    }
    new Resumption(settings.directory()).give(id);
    options.world().out().println(mirror + ": goes on, if it is still halted for " + id);
    return ExitCode.OK.code();
  }

  private MirrorSettings settings(AgentConfig config) throws Exception {
    var hosts = OpenSshFiles.resolver(config.ssh().config(), options.world().environment());
    try (Assembly assembly =
        new Assembly(
            config, options.configFile(), hosts, StatusBoard.NONE, options.world().clock())) {
      List<MirrorSettings> all =
          config.syncs().stream()
              .flatMap(
                  sync -> sync.targets().stream().map(to -> assembly.parts(sync, to).settings()))
              .toList();
      Optional<MirrorSettings> found =
          all.stream().filter(each -> each.name().equals(mirror)).findFirst();
      return found.orElseThrow(
          () ->
              new ParameterException(
                  spec.commandLine(),
                  "there is no mirror '"
                      + mirror
                      + "'"
                      + Suggest.nearest(mirror, all.stream().map(MirrorSettings::name).toList())
                          .map(near -> "; did you mean '" + near + "'?")
                          .orElse("")));
    }
  }
}
