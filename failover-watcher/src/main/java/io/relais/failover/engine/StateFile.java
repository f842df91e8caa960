package io.relais.failover.engine;

import io.relais.common.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code state.json}: the memory on disk. For one thread of one process (the lock's holder). */
final class StateFile {
  private final Path file;

  StateFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("state.json");
  }

  /**
   * What was last saved; empty if there is none.
   *
   * @throws IOException if it is damaged or another version's (the message says what to do)
   */
  Optional<Memory> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Memory memory;
    try {
      memory = Json.MAPPER.readValue(Files.readAllBytes(file), Memory.class);
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new IOException(
          file
              + " is damaged; see how the records stand, then run: rm "
              + file
              + " (journal.json stays: it knows what to restore)",
          e);
    }
    if (memory.version() != Memory.VERSION) {
      throw new IOException(
          "%s is of version %d, and this program writes %d: use the program that wrote it, or run:"
                  .formatted(file, memory.version(), Memory.VERSION)
              + " rm "
              + file);
    }
    return Optional.of(memory);
  }

  /** Saves it, flushed to the disk. */
  void write(Memory memory) throws IOException {
    DurableFile.replace(
        file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(memory));
  }
}
