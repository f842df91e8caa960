package io.relais.failover.state;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
      JsonNode tree = StateJson.MAPPER.readTree(content);
      refuseOtherVersions(tree);
      addMissing(tree);
      PersistentState persistentState = StateJson.MAPPER.treeToValue(tree, PersistentState.class);
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

  /** What the first programs of this version did not write yet. */
  private static void addMissing(JsonNode content) {
    if (content.path("told") instanceof ObjectNode told && !told.has("problems")) {
      told.remove("blind");
      told.putNull("line");
      told.putObject("problems");
      if (content instanceof ObjectNode all) {
        all.putNull("reloaded");
        all.putArray("unsent");
      }
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
