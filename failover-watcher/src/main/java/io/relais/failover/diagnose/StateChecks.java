package io.relais.failover.diagnose;

import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.WatchState;
import io.relais.failover.dns.Check;
import io.relais.failover.state.FileProblem;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks at the state directory as a run would use it. For one thread, beside a run too. */
public final class StateChecks {
  private static final String DIRECTORY = "state directory";

  private final Path directory;

  public StateChecks(Path directory) {
    this.directory = directory;
  }

  /**
   * Whether it can be used; unless {@code dryRun}, by writing a small file, flushed to the disk.
   */
  public Check directory(boolean dryRun) {
    if (!FileAccess.exists(directory)) {
      return missing();
    }
    if (!Files.isDirectory(directory)) {
      return Check.failed(DIRECTORY, directory + " is not a directory; correct 'state_dir'");
    }
    try {
      FileRights.ofThisProcess().requireOwnDirectory(directory);
    } catch (IOException e) {
      return Check.failed(DIRECTORY, FileProblem.describe(e));
    }
    if (!Files.isWritable(directory)) {
      return Check.failed(DIRECTORY, directory + " can't be written; fix its permissions");
    }
    return dryRun ? Check.ok(DIRECTORY, directory.toString()) : written();
  }

  private Check missing() {
    @Nullable Path there = directory.toAbsolutePath().getParent();
    while (there != null && !FileAccess.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isDirectory(there)) {
      return Check.failed(
          DIRECTORY,
          "%s can't be made: %s is not a directory; correct 'state_dir'"
              .formatted(directory, there));
    }
    return Files.isWritable(there)
        ? Check.ok(DIRECTORY, directory + " is made by the first run")
        : Check.failed(
            DIRECTORY,
            "%s can't be made: %s can't be written; make it, for the user of the service"
                .formatted(directory, there));
  }

  private Check written() {
    Path trial = directory.resolve("doctor.trial");
    try {
      DurableFile.replace(trial, new byte[4096]);
      Files.deleteIfExists(trial);
      return Check.ok(DIRECTORY, directory + ", a file was written there");
    } catch (IOException e) {
      return Check.failed(
          DIRECTORY,
          "no file can be written to %s (%s); make room, or fix who may write there"
              .formatted(directory, FileProblem.describe(e)));
    }
  }

  /** What the last run left: a halt, or a state that the next one refuses. */
  public Check state(String program) {
    String name = "state";
    try {
      Optional<WatchState> state = new StateFile(directory).read().map(PersistentState::watch);
      if (state.filter(known -> known.phase() == Phase.HALTED).isPresent()) {
        return Check.failed(
            name,
            "halted: %s; when it is fixed: %s resume".formatted(state.get().reason(), program));
      }
      return Check.ok(
          name, state.map(known -> StatusReports.word(known.phase())).orElse("it has not run yet"));
    } catch (IOException e) {
      return Check.failed(name, FileProblem.describe(e));
    }
  }
}
