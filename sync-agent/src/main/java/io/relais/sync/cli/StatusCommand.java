package io.relais.sync.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.ExitCode;
import io.relais.sync.target.Waiting;
import java.io.PrintStream;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code sync-agent status}: how the mirrors of the running agent stand. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Say how the mirrors of the running agent stand.")
final class StatusCommand implements Callable<Integer> {
  private final RootCommand options;

  StatusCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    PrintStream out = options.world().out();
    StatusFile file = new StatusFile(options.load());
    if (!file.exists()) {
      out.println("sync-agent has not run yet with this state directory");
      return ExitCode.UNAVAILABLE.code();
    }
    ObjectNode status = file.read();
    boolean running = StatusFile.isRunning(status);
    if (options.json()) {
      out.println(status.put("running", running));
    } else {
      print(status, running, options.world().clock().instant(), out);
    }
    return code(status, running).code();
  }

  private static void print(ObjectNode status, boolean running, Instant now, PrintStream out) {
    if (!running) {
      out.println("sync-agent is not running; this is how things stood when it ended:");
    }
    for (Map.Entry<String, JsonNode> mirror : status.path("mirrors").properties()) {
      JsonNode entry = mirror.getValue();
      out.println(
          "%s: %s (%,d entries; %s)"
              .formatted(
                  mirror.getKey(),
                  entry.path("message").asText(),
                  entry.path("entries").asLong(),
                  times(entry)));
      Waiting waiting = StatusFile.waiting(entry, now);
      if (running && waiting != null) {
        out.println("  " + waiting.describe());
      }
      entry.path("problems").forEach(problem -> out.println("  " + problem.asText()));
      long more = entry.path("failed_paths").asLong() - entry.path("problems").size();
      if (more > 0) {
        out.println("  and %,d paths more".formatted(more));
      }
      entry.path("degraded").forEach(problem -> out.println("  " + problem.asText()));
    }
  }

  private static String times(JsonNode entry) {
    if (entry.has("next_try")) {
      return "since "
          + entry.path("since").asText()
          + ", next try "
          + entry.path("next_try").asText();
    }
    return "as of " + entry.path("updated").asText();
  }

  private static ExitCode code(ObjectNode status, boolean running) {
    if (!running) {
      return ExitCode.UNAVAILABLE;
    }
    ExitCode worst = ExitCode.OK;
    for (JsonNode mirror : status.path("mirrors")) {
      ExitCode code =
          switch (mirror.path("state").asText()) {
            case "halted" -> ExitCode.HALTED;
            case "failing", "waiting", "partly-watched" -> ExitCode.PARTIAL;
            case "offline", "connecting" -> ExitCode.UNAVAILABLE;
            default -> mirror.has("waiting") ? ExitCode.UNAVAILABLE : ExitCode.OK;
          };
      worst = code.code() > worst.code() ? code : worst;
    }
    return worst;
  }
}
