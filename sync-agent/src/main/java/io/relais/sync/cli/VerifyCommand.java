package io.relais.sync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sync-agent verify}: whether both sides are equal; what differs is repaired. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description =
        "Compare every mirror with its source; exit 1 on differences. The running agent repairs what"
            + " differs; without one, this does.")
final class VerifyCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(names = "--checksum", description = "Read every file back and compare its content.")
  private boolean checksum;

  @Option(names = "--no-repair", description = "Only look, and change nothing.")
  private boolean noRepair;

  VerifyCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    return new CompareCommand(options).verify(checksum, !noRepair).code();
  }
}
