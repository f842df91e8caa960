package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.relais.common.DurableFile;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.decide.Phase;
import io.relais.failover.engine.Watcher;
import io.relais.failover.state.StatusFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code command.answer}: what became of an order in the round that took it. The status would not
 * do: the next round's may be there before anyone has read it.
 */
final class CommandResponse {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path file;

  CommandResponse(Path stateDirectory) {
    this.file = stateDirectory.resolve("command.answer");
  }

  /**
   * What it says.
   *
   * @param changing whether a change of the zone is under way
   * @param waiting whether the provider has not accepted that change yet
   * @param refused whether the order was not followed
   */
  record Progress(Phase phase, String reason, boolean changing, boolean waiting, boolean refused) {
    static Progress of(Watcher.RoundOutcome result) {
      return new Progress(
          result.phase().orElseThrow(),
          result.reason(),
          result.changing(),
          result.waiting(),
          result.refused());
    }

    /** Whether what was ordered may still come to its end by itself. */
    boolean isUnderWay() {
      return switch (phase) {
        case SWITCHING, FAILING_BACK -> true;
        case HALTED -> false; // It waits for a person, whatever is under way.
        case UP, SUSPECT, DOWN, ON_BACKUP, RECOVERING, BLIND -> changing;
      };
    }
  }

  /** Takes away what a former order left. */
  void clear() throws IOException {
    Files.deleteIfExists(file);
  }

  void write(Progress progress) throws IOException {
    String text =
        StatusFile.json(
            JSON.createObjectNode()
                .put("phase", StatusReports.word(progress.phase()))
                .put("reason", progress.reason())
                .put("changing", progress.changing())
                .put("waiting", progress.waiting())
                .put("refused", progress.refused()));
    DurableFile.replaceUnflushed(file, text.getBytes(UTF_8));
  }

  /** The answer, if it is there. */
  Optional<Progress> read() throws IOException {
    try {
      JsonNode said = JSON.readTree(Files.readString(file, UTF_8));
      return Optional.of(
          new Progress(
              StatusReports.phase(said.path("phase").asText()),
              said.path("reason").asText(),
              said.path("changing").asBoolean(),
              said.path("waiting").asBoolean(),
              said.path("refused").asBoolean()));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (JacksonException | IllegalArgumentException e) {
      throw new IOException(file + " holds no answer; is the daemon another version?", e);
    }
  }
}
