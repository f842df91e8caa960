package io.relais.failover.state;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code state.json}: the memory on disk. For one thread of one process (the lock's holder). */
public final class StateFile {
  private final Path file;

  public StateFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("state.json");
  }

  /**
   * What was last saved; empty if there is none.
   *
   * @throws IOException if it is damaged or another version's (the message says what to do)
   */
  public Optional<PersistentState> read() throws IOException {
    if (!FileAccess.exists(file)) {
      return Optional.empty();
    }
    try {
      byte[] content = Files.readAllBytes(file);
      refuseOtherVersions(StateJson.MAPPER.readTree(content));
      PersistentState persistentState = StateJson.MAPPER.readValue(content, PersistentState.class);
      if (persistentState != null) {
        return Optional.of(persistentState);
      }
      throw damaged(null);
    } catch (JacksonException e) {
      throw damaged(e);
    }
  }

  private void refuseOtherVersions(JsonNode content) throws IOException {
    if (content.path("version").isInt()
        && content.path("version").asInt() != PersistentState.VERSION) {
      throw new IOException(
          "%s is of version %d, and this program writes %d: use the program that wrote it, or run:"
                  .formatted(file, content.path("version").asInt(), PersistentState.VERSION)
              + " rm "
              + file);
    }
  }

  private IOException damaged(@Nullable JacksonException cause) {
    return new IOException(
        file
            + " is damaged; see how the records stand, then run: rm "
            + file
            + " (journal.json stays: it knows what to restore)",
        cause);
  }

  /** Saves it, flushed to the disk. */
  public void write(PersistentState persistentState) throws IOException {
    DurableFile.replace(
        file, StateJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(persistentState));
  }
}
