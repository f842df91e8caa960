package io.relais.sync.cli;

import com.google.common.collect.ImmutableList;
import io.relais.sync.wiring.MirrorSettingsFactory;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sync-agent left-out}: what is not mirrored, or stays at the target, as is meant. */
@Command(
    name = "left-out",
    mixinStandardHelpOptions = true,
    description =
        "Compare both sides, and list what is left out: devices, pipes and sockets of the source, and"
            + " what is excluded and stays at the target. Changes nothing.")
final class LeftOutCommand implements Callable<Integer> {
  private final RootCommand options;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "MIRROR",
      description = "The mirror; without it, all.")
  private String mirror = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls call
  private CommandSpec spec;

  LeftOutCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    ImmutableList<String> all = MirrorSettingsFactory.names(options.load());
    if (!mirror.isEmpty() && !all.contains(mirror)) {
      throw new ParameterException(
          spec.commandLine(),
          "there is no mirror '%s'; they are: %s".formatted(mirror, String.join(", ", all)));
    }
    Set<String> wanted = mirror.isEmpty() ? Set.copyOf(all) : Set.of(mirror);
    return new CompareCommand(options).leftOut(wanted).code();
  }
}
