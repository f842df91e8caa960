package io.relais.sync.wiring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.control.JsonLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How the mirrors stand: as the running agent itself says, since it may not be able to write it
 * down; where none answers, as it was written last.
 *
 * @param status as {@link StatusFile} writes it
 * @param running whether the agent that it is from runs
 * @param answers whether that agent answers; true where none runs
 */
public record CurrentStatus(ObjectNode status, boolean running, boolean answers) {
  /**
   * Asks, or reads.
   *
   * @throws java.nio.file.NoSuchFileException if no agent answers, and nothing was written
   * @throws java.nio.file.AccessDeniedException if this user may not read it
   */
  public static CurrentStatus of(Path stateDirectory) throws IOException {
    boolean answers = true;
    try {
      Optional<ObjectNode> answer =
          ControlRequests.ask(stateDirectory, JsonLine.object().put("do", ControlRequests.STATUS));
      if (answer.isPresent() && answer.get().path("status") instanceof ObjectNode status) {
        return new CurrentStatus(status, true, true);
      }
    } catch (IOException e) {
      // It is stopped, or hangs, or is not this user's to ask.
      answers = false;
    }
    ObjectNode written = new StatusFile(stateDirectory).read();
    boolean running = StatusFile.isRunning(written);
    return new CurrentStatus(written, running, answers || !running);
  }

  /** One mirror's entry; missing if it has none. */
  public JsonNode mirror(String name) {
    return status.path("mirrors").path(name);
  }
}
