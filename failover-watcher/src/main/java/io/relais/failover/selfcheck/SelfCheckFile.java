package io.relais.failover.selfcheck;

import com.fasterxml.jackson.core.JacksonException;
import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import io.relais.failover.state.FileProblem;
import io.relais.failover.state.StateJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code self-check.json}: what the self-check found last, for the next run and for people. Without
 * it, all is looked at and told again.
 */
public final class SelfCheckFile {
  private static final Logger log = LoggerFactory.getLogger(SelfCheckFile.class);

  private final Path file;
  private boolean told;

  public SelfCheckFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("self-check.json");
  }

  /** What was kept last; empty if there is nothing, or nothing that can be read. */
  public Optional<SelfCheckState> read() {
    try {
      return FileAccess.exists(file)
          ? Optional.of(StateJson.MAPPER.readValue(Files.readAllBytes(file), SelfCheckState.class))
              .filter(state -> state.version() == SelfCheckState.VERSION)
          : Optional.empty();
    } catch (JacksonException e) {
      log.debug("{} is damaged, so all is looked at again: {}", file, e.getOriginalMessage());
      return Optional.empty();
    } catch (IOException e) {
      log.debug("{} can't be read: {}", file, FileProblem.describe(e));
      return Optional.empty();
    }
  }

  /** Keeps it; a full disk is logged once, and no reason to stop. */
  void write(SelfCheckState state) {
    try {
      DurableFile.replace(
          file, StateJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
      told = false;
    } catch (IOException e) {
      if (!told) {
        log.warn("what the self-check found can't be written: {}", FileProblem.describe(e));
        told = true;
      }
    }
  }
}
