package io.relais.failover.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.DurableFile;
import io.relais.failover.decide.Observation.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code command}: what a person asks of a daemon that runs. Whoever may write into the state
 * directory may ask.
 */
public final class CommandFile {
  private static final Logger log = LoggerFactory.getLogger(CommandFile.class);

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
    return Files.exists(file);
  }

  /** Takes the command, if there is one. */
  public Optional<Command> take() {
    try {
      String text = Files.readString(file, UTF_8).strip();
      Files.delete(file);
      return Optional.of(Command.valueOf(text));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      log.warn("{} holds no command: {}", file, e.getMessage());
      return Optional.empty();
    }
  }
}
