package io.relais.sync.status;

import com.google.common.collect.ImmutableList;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.guard.LossLocations;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What a halted mirror has to say.
 *
 * @param id names this very finding, in the command that lets it pass
 * @param since when the mirror halted; kept over restarts of the agent
 * @param message what was found, in one line
 * @param entries how many entries would be deleted; 0 where that is not known
 * @param losses the directories that would lose most of them, most first; at most five
 * @param ending what ends the halt without a command
 * @param command the exact line that lets the mirror go on; empty where no command does
 */
public record Halt(
    String id,
    GuardViolation.Reason reason,
    Instant since,
    String message,
    long entries,
    ImmutableList<LossLocations.Loss> losses,
    String ending,
    Optional<String> command) {

  /** Whether the command {@code resume} lets the mirror go on. */
  public boolean canBeLetPass() {
    return command.isPresent();
  }

  /** What is wrong, where and since when, without what to do. */
  public String why() {
    String most = losses.isEmpty() ? "" : "; most in " + LossLocations.describe(losses);
    return message + most + "; halted since " + since.truncatedTo(ChronoUnit.SECONDS);
  }

  /** What a person can do. */
  public String remedy() {
    return ending + command.map(line -> "; to let it go on, run: " + line).orElse("");
  }
}
