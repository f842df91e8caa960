package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.common.TimeText;
import io.relais.failover.state.HistoryFile;
import io.relais.failover.state.StatusFile;
import io.relais.failover.wiring.StateDirectoryOwner;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher history}: what happened. */
@Command(
    name = "history",
    mixinStandardHelpOptions = true,
    description = "What happened, oldest first.")
final class HistoryCommand implements Callable<Integer> {
  private final RootCommand options;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "COUNT",
      description = "At most so many, the last (default: 50).")
  private int lines = 50;

  HistoryCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    PrintStream out = options.world().out();
    Path state = options.load().stateDirectory();
    StateDirectoryOwner.requireReadable(state);
    ImmutableList<HistoryFile.Entry> entries = new HistoryFile(state).last(Math.max(0, lines));
    if (options.json()) {
      out.println(StatusFile.json(entries));
      return Exit.OK.code();
    }
    for (HistoryFile.Entry entry : entries) {
      out.println(
          "%s  %s  %s"
              .formatted(TimeText.of(entry.at()), phases(entry), entry.text())
              .stripTrailing());
    }
    if (entries.isEmpty() && lines > 0) {
      out.println("nothing has happened yet");
    }
    return Exit.OK.code();
  }

  /** What happens within a phase, as when the records follow the backup, is no way to another. */
  private static String phases(HistoryFile.Entry entry) {
    return entry.from().equals(entry.to()) ? entry.to() : entry.from() + " -> " + entry.to();
  }
}
