package io.relais.failover.state;

import io.relais.common.DurableFile;
import io.relais.common.lifecycle.ProcessStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code daemon.json}: which process was the last daemon. It stays when that ends, so that rounds
 * that have stopped can be told from a run from cron, which is over as soon as it is done.
 *
 * @param pid its id
 * @param process its {@link ProcessStamp}
 */
public record DaemonMarker(long pid, String process) {
  private static final String NAME = "daemon.json";

  /** Says that this process is the daemon. */
  public static void write(Path stateDirectory) throws IOException {
    DaemonMarker mark = new DaemonMarker(ProcessHandle.current().pid(), ProcessStamp.current());
    DurableFile.replaceUnflushed(
        stateDirectory.resolve(NAME), StateJson.MAPPER.writeValueAsBytes(mark));
  }

  /** The last daemon; empty if there was none. */
  public static Optional<DaemonMarker> read(Path stateDirectory) throws IOException {
    try {
      return Optional.of(
          StateJson.MAPPER.readValue(
              Files.readAllBytes(stateDirectory.resolve(NAME)), DaemonMarker.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Whether it runs. */
  public boolean runs() {
    return ProcessStamp.isRunning(pid, process);
  }
}
