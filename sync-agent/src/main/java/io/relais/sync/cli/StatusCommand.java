package io.relais.sync.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.ExitCode;
import io.relais.common.FileAccess;
import io.relais.sync.config.ConfigLoader;
import io.relais.sync.entry.Counts;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.wiring.StatusFile;
import io.relais.sync.wiring.StatusFile.CurrentStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
    Path file = options.configFile();
    // What can't be looked at may be there.
    if (!FileAccess.isReadable(file) && !FileAccess.isAbsent(file)) {
      say(unreadable("the configuration " + file, file));
      return ExitCode.PARTIAL.code();
    }
    ConfigLoader.StatePlace place = options.loader().statePlace(options.configFile());
    if (place.mistake()) {
      say(
          "%s has a mistake, which '%s config check' shows; this is from the state in %s"
              .formatted(options.configFile(), options.command(), place.directory()));
    }
    CurrentStatus current;
    try {
      current = CurrentStatus.of(place.directory());
    } catch (NoSuchFileException e) {
      out.println("sync-agent has not run yet with this state directory: " + place.directory());
      return ExitCode.UNAVAILABLE.code();
    } catch (AccessDeniedException e) {
      say(unreadable("the state in " + place.directory(), place.directory()));
      return ExitCode.PARTIAL.code();
    }
    ObjectNode status = current.status();
    boolean running = current.running();
    boolean answers = current.answers();
    if (options.json()) {
      out.println(status.put("running", running).put("answers", running && answers));
    } else {
      if (running && !answers) {
        out.println(
            "sync-agent (process %s) runs, and does not answer; this is how things stood before:"
                .formatted(status.path("pid").asText()));
      }
      print(status, running, options.world().clock().instant(), out);
    }
    return running && !answers ? ExitCode.UNAVAILABLE.code() : code(status, running).code();
  }

  private void say(String line) {
    options.world().err().println("sync-agent: " + line);
  }

  /** Who may not read it, who may, and what to type. */
  private String unreadable(String what, Path where) {
    String user = System.getProperty("user.name");
    try {
      String owner = Files.getOwner(where).getName();
      return "%s can't be read by %s, only by %s; run: sudo -u %s %s status"
          .formatted(what, user, owner, owner, options.command());
    } catch (IOException e) {
      return "%s can't be read by %s; run: sudo %s status".formatted(what, user, options.command());
    }
  }

  private static void print(ObjectNode status, boolean running, Instant now, PrintStream out) {
    if (!running) {
      out.println("sync-agent is not running; this is how things stood when it ended:");
    }
    for (Map.Entry<String, JsonNode> mirror : status.path("mirrors").properties()) {
      JsonNode entry = mirror.getValue();
      out.println(
          "%s: %s (%s)"
              .formatted(mirror.getKey(), entry.path("message").asText(), more(entry, running)));
      entry.path("also").forEach(also -> out.println("  also: " + also.path("message").asText()));
      RemoteWait remoteWait = StatusFile.waiting(entry, now);
      if (running && remoteWait != null) {
        out.println("  " + remoteWait.describe());
      }
      entry.path("problems").forEach(problem -> out.println("  " + problem.asText()));
      long more = entry.path("failed_paths").asLong() - entry.path("problems").size();
      if (more > 0) {
        out.println("  and " + Counts.of(more, "path") + " more");
      }
      entry.path("degraded").forEach(problem -> out.println("  " + problem.asText()));
      StatusFile.copyLines(entry).forEach(line -> out.println("  " + line));
    }
  }

  /** What is there, and since when things are as they are. */
  private static String more(JsonNode entry, boolean running) {
    String since = "since " + entry.path("since").asText();
    if (!running) {
      since += ", as of " + entry.path("updated").asText();
    }
    String entries = Counts.of(entry.path("entries").asLong(), "entry");
    if (!entry.has("next_try")) {
      return entries + "; " + since;
    }
    String known =
        entry.has("equal_as_of")
            ? " at the target as of " + entry.path("equal_as_of").asText()
            : " known to be at the target";
    return "%s%s; changes since then are kept in mind; %s, next try %s"
        .formatted(entries, known, since, entry.path("next_try").asText());
  }

  private static ExitCode code(ObjectNode status, boolean running) {
    if (!running) {
      return ExitCode.UNAVAILABLE;
    }
    ExitCode worst = ExitCode.OK;
    for (JsonNode mirror : status.path("mirrors")) {
      ExitCode code =
          switch (mirror.path("state").asText()) {
            case "promoted", "halted" -> ExitCode.HALTED;
            case "failing", "waiting", "partly-watched" -> ExitCode.PARTIAL;
            case "offline" ->
                mirror.path("refused").asBoolean() ? ExitCode.REFUSED : ExitCode.UNAVAILABLE;
            case "connecting" -> ExitCode.UNAVAILABLE;
            default -> mirror.has("waiting") ? ExitCode.UNAVAILABLE : ExitCode.OK;
          };
      worst = worst.worse(code);
    }
    return worst;
  }
}
