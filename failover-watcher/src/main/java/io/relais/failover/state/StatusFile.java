package io.relais.failover.state;

import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * {@code status.json}: how things stood at the end of the last round. It is for people, so it is
 * not flushed to the disk; a reader never sees half of it.
 */
public final class StatusFile {
  private static final Logger log = LoggerFactory.getLogger(StatusFile.class);

  private final Path file;
  private boolean failing;

  public StatusFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("status.json");
  }

  /**
   * Writes it; a full disk is logged once, and no reason to stop.
   *
   * @param told whether it has been told that nothing can be written there
   */
  public void write(StatusReport report, boolean told) {
    try {
      DurableFile.replaceUnflushed(
          file, StateJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(report));
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        log.atLevel(told ? Level.INFO : Level.WARN)
            .log("the status can't be written: {}", FileProblem.describe(e));
        failing = true;
      }
    }
  }

  /**
   * What was written last; empty if nothing was yet.
   *
   * @throws IOException if it can't be read
   */
  public Optional<StatusReport> read() throws IOException {
    return FileAccess.exists(file)
        ? Optional.of(StateJson.MAPPER.readValue(Files.readAllBytes(file), StatusReport.class))
        : Optional.empty();
  }

  /** As JSON, for {@code --json}. */
  public static String json(Object value) throws IOException {
    return StateJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
  }
}
