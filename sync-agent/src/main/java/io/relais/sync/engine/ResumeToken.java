package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An operator's permission to resume a halted mirror: a file in the mirror's directory with the id
 * of the halt, so that it is valid for that one finding and no other.
 */
public final class ResumeToken {
  private static final String FILE = "resume";

  private final Path file;

  public ResumeToken(Path mirrorDirectory) {
    this.file = mirrorDirectory.resolve(FILE);
  }

  /** Gives permission, whether or not the agent runs. */
  public void give(String haltId) throws IOException {
    DurableFile.replace(file, haltId.getBytes(UTF_8));
  }

  /** The id of the halt that permission was given for, if any. */
  Optional<String> given() {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** It was used, or is no longer valid. */
  void clear() throws IOException {
    Files.deleteIfExists(file);
  }
}
