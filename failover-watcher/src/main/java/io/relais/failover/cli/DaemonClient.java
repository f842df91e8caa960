package io.relais.failover.cli;

import io.relais.failover.alerts.StatusReports;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.CommandQueue;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Gives a command to the daemon that runs, and follows it. What holds the lock may also be one run
 * of {@code check}, which takes no commands and ends soon: the caller tries the lock between waits.
 * For one thread.
 */
final class DaemonClient {
  private static final Duration POLL = Duration.ofMillis(500);

  private final Path stateDirectory;
  private final StatusFile status;
  private final InstantSource clock;
  private final PrintStream err;
  private final long end;
  private boolean reached;
  private boolean taken;
  private Optional<CommandQueue.Progress> progress = Optional.empty();

  /** Waits for so long in all. */
  DaemonClient(Path stateDirectory, Duration patience, InstantSource clock, PrintStream err) {
    this.stateDirectory = stateDirectory;
    this.status = new StatusFile(stateDirectory);
    this.clock = clock;
    this.err = err;
    this.end = System.nanoTime() + patience.toNanos();
  }

  /**
   * Gives the command, if no daemon has taken it yet, and waits for what comes of it; empty if none
   * takes it now, or it is still under way.
   */
  Optional<CommandQueue.Progress> ask(Command command) throws IOException, InterruptedException {
    if (taken) {
      progress = progress.isPresent() ? Optional.of(now(progress.get())) : progress;
    } else {
      give(command);
    }
    return progress.filter(each -> !each.isUnderWay());
  }

  private void give(Command command) throws IOException, InterruptedException {
    try {
      Optional<CommandQueue.Receipt> answer =
          CommandQueue.give(
              stateDirectory, command, Duration.ofNanos(end - System.nanoTime()), clock);
      reached |= answer.isPresent();
      if (answer.isPresent()) {
        taken = answer.get().taken();
        progress = answer.get().progress();
      }
    } catch (EOFException e) {
      // It ends, or takes another configuration. Not at once, or this would take the lock from it.
      pause();
    } catch (IOException e) {
      if (!isOver()) {
        throw e;
      }
      reached = true;
    }
  }

  /** Between two tries. */
  void pause() throws InterruptedException {
    Thread.sleep(POLL);
  }

  /** The command was taken: from then on, the status tells. */
  private CommandQueue.Progress now(CommandQueue.Progress before) throws IOException {
    return status
        .read()
        .flatMap(StatusReport::failover)
        .map(
            site ->
                new CommandQueue.Progress(
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

  /** What to say when the time is up. */
  Exit giveUp() {
    if (!taken) {
      err.println(
          reached
              ? "failover-watcher: the daemon did not begin what you asked for in time, and will"
                  + " not; see whether it hangs: systemctl status failover-watcher"
              : "failover-watcher: another run is at work with "
                  + stateDirectory
                  + " and takes no commands, so nothing was done; try again when it has ended, or"
                  + " see: systemctl status failover-watcher");
      return Exit.UNAVAILABLE;
    }
    err.println("failover-watcher: still under way; see: failover-watcher status");
    return Exit.CHANGING;
  }
}
