package io.relais.failover.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.DurableFile;
import io.relais.common.Faults;
import io.relais.common.FileAccess;
import io.relais.failover.decide.Observation.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code command}: what a person asks of a daemon that runs. Whoever may write into the state
 * directory may ask.
 */
public final class CommandFile {
  private static final Logger log = LoggerFactory.getLogger(CommandFile.class);

  /** Nobody waits longer for an answer: what is older was left by a person who is gone. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Path file;

  public CommandFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("command");
  }

  /** Leaves a command; one that was not taken yet is replaced. */
  public void leave(Command command) throws IOException {
    DurableFile.replace(file, command.name().getBytes(UTF_8));
  }

  /** Takes a command back; false if it was taken already. */
  public boolean withdraw() throws IOException {
    return Files.deleteIfExists(file);
  }

  /** Whether a command lies there. */
  public boolean waiting() {
    return FileAccess.exists(file);
  }

  /** Takes the command, if there is one; one that can't be understood is gone too. */
  public Optional<Command> take() {
    Path taken = file.resolveSibling("command.taken");
    try {
      Files.move(file, taken, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException e) {
      log.warn("{} can't be taken: {}", file, Faults.describe(e));
      return Optional.empty();
    }
    try {
      Instant left = Files.getLastModifiedTime(taken).toInstant();
      Command command = Command.valueOf(Files.readString(taken, UTF_8).strip());
      Files.deleteIfExists(taken);
      if (Duration.between(left, Instant.now()).compareTo(LONGEST) > 0) {
        log.warn("the command {} of {} is too old to be followed", command, left);
        return Optional.empty();
      }
      return Optional.of(command);
    } catch (IOException | IllegalArgumentException e) {
      log.warn(
          "what {} held is not a command that can be read: {}; ask as root or as the user of the"
              + " service",
          file,
          Faults.describe(e));
      return Optional.empty();
    }
  }
}
