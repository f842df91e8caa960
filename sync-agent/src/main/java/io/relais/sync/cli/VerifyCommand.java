package io.relais.sync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sync-agent verify}: whether both sides are equal. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "Compare every mirror with its source and change nothing; exit 1 on differences.")
final class VerifyCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(names = "--checksum", description = "Read every file back and compare its content.")
  private boolean checksum;

  VerifyCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    return new Inspection(options).verify(checksum).code();
  }
}
