package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import io.relais.failover.process.ProgramEnvironment;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs programs of which only the exit code counts. */
final class ProgramChecks {
  private ProgramChecks() {}

  /**
   * Runs one without a shell; empty if it can't be, or has not ended in time: then it is killed.
   */
  static Optional<Integer> exitOf(ImmutableList<String> command, Duration timeout)
      throws InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    ProgramEnvironment.reduce(builder);
    Process process;
    try {
      process = builder.start();
    } catch (IOException _) {
      return Optional.empty();
    }
    try {
      boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return ended ? Optional.of(process.exitValue()) : Optional.empty();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
