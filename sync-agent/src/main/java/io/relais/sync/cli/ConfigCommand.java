package io.relais.sync.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sync-agent config}: what there is to do with the configuration. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = "Work with the configuration.")
final class ConfigCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: sync-agent config check");
  }
}
