package io.relais.failover.cli;

import io.relais.failover.alerts.StatusReports;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.engine.CommandFile;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Gives an order to the daemon that runs, and follows it. What holds the lock may also be one run
 * of {@code check}, which takes no orders and ends soon: the caller tries the lock between waits.
 * For one thread.
 */
final class DaemonClient {
  private static final Duration POLL = Duration.ofMillis(500);

  private final CommandFile commands;
  private final CommandResponse commandResponse;
  private final StatusFile status;
  private final PrintStream err;
  private final long end;
  private boolean left;
  private Optional<CommandResponse.Progress> answer = Optional.empty();

  /** Waits for so long in all. */
  DaemonClient(Path stateDirectory, Duration patience, PrintStream err) {
    this.commands = new CommandFile(stateDirectory);
    this.commandResponse = new CommandResponse(stateDirectory);
    this.status = new StatusFile(stateDirectory);
    this.err = err;
    this.end = System.nanoTime() + patience.toNanos();
  }

  /** Leaves the order if that was not done yet, waits a little, and looks for the end of it. */
  Optional<CommandResponse.Progress> wait(Command command)
      throws IOException, InterruptedException {
    if (!left) {
      commandResponse.clear();
      commands.leave(command);
      left = true;
    }
    Thread.sleep(POLL);
    if (answer.isEmpty()) {
      answer = commandResponse.read();
    } else {
      answer = Optional.of(now(answer.get()));
    }
    return answer.filter(progress -> !progress.isUnderWay());
  }

  /** The order was taken: from then on, the status tells. */
  private CommandResponse.Progress now(CommandResponse.Progress before) throws IOException {
    return status
        .read()
        .flatMap(StatusReport::failover)
        .map(
            site ->
                new CommandResponse.Progress(
                    StatusReports.phase(site.phase()),
                    site.reason(),
                    !site.change().isEmpty(),
                    site.waiting(),
                    false))
        .orElse(before);
  }

  boolean isOver() {
    return System.nanoTime() > end;
  }

  /** Whoever holds the lock now carries it out: nobody else may. */
  void takeBack() throws IOException {
    if (left) {
      commands.withdraw();
      commandResponse.clear();
    }
  }

  /** What to say when the time is up. */
  Exit giveUp() throws IOException {
    if (commands.withdraw()) {
      err.println(
          "failover-watcher: nobody took the order, and it is withdrawn; see whether the daemon"
              + " hangs: systemctl status failover-watcher");
      return Exit.UNAVAILABLE;
    }
    err.println("failover-watcher: still under way; see: failover-watcher status");
    return Exit.CHANGING;
  }
}
