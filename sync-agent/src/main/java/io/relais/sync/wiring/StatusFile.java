package io.relais.sync.wiring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.DurableFile;
import io.relais.common.control.JsonLine;
import io.relais.common.lifecycle.ProcessStamp;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.entry.Counts;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.status.CopyReport;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.MirrorState.Halt;
import io.relais.sync.status.StatusSink.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the mirrors stand, as a small JSON file in the state directory: {@code status.json}, an
 * object with one object for each mirror. It is replaced whole, so a reader never sees half of one.
 */
public final class StatusFile {
  private static final int MOST_PROBLEMS = 20;
  private static final String WAITING = "waiting";
  private static final String LEFT_OUT = "left_out";
  private static final String TARGET_LACKS = "target_lacks";
  private static final String STAMP = ProcessStamp.current();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  StatusFile(AgentConfig config) {
    this(config.stateDirectory());
  }

  StatusFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("status.json");
  }

  /** One mirror's entry. */
  static ObjectNode entry(MirrorState state, Report report, Instant now) {
    ObjectNode entry = JSON.createObjectNode();
    entry.put("state", state.kind().id());
    entry.put("message", state.describe());
    entry.put("updated", text(now));
    entry.put("since", text(state.since()));
    ArrayNode also = entry.putArray("also");
    for (MirrorState other : report.also()) {
      also.addObject()
          .put("state", other.kind().id())
          .put("message", other.describe())
          .put("since", text(other.since()));
    }
    Stream.concat(Stream.of(state), report.also().stream())
        .forEach(each -> addDetails(each, entry));
    entry.put("entries", report.entries());
    if (report.equalAsOf() != null) {
      entry.put("equal_as_of", text(report.equalAsOf()));
    }
    entry.put("seen", report.seen());
    entry.put("failed_paths", report.failedPaths());
    ArrayNode problems = entry.putArray("problems");
    report.problems().stream().limit(MOST_PROBLEMS).forEach(problems::add);
    ArrayNode degradations = entry.putArray("degraded");
    report.degradations().forEach(degradations::add);
    return entry;
  }

  /** What a state has besides its line. */
  private static void addDetails(MirrorState state, ObjectNode entry) {
    switch (state) {
      case MirrorState.Offline offline -> {
        entry.put("next_try", text(offline.nextTry()));
        entry.put("refused", offline.refused());
      }
      case MirrorState.Failing failing -> {
        entry.put("missing_entries", failing.missing());
        entry.put("superfluous_paths", failing.superfluous());
      }
      case MirrorState.Waiting(var _, var _, String awake, var _) ->
          entry.put("kept_awake_by", awake);
      case MirrorState.Halted(Halt halt) -> {
        entry.put("halt", halt.id());
        entry.put("can_be_let_pass", halt.canBeLetPass());
        entry.put("would_delete", halt.entries());
        ObjectNode losses = entry.putObject("would_lose");
        halt.losses().forEach(loss -> losses.put(loss.directory().toString(), loss.entries()));
      }
      case MirrorState.Promoted(var _, Fence fence) -> {
        entry.put("promotion", fence.id());
        fence.promotion().ifPresent(promotion -> entry.put("generation", promotion.generation()));
      }
      case MirrorState.Connecting _,
          MirrorState.Comparing _,
          MirrorState.CatchingUp _,
          MirrorState.Pending _,
          MirrorState.PartlyWatched _,
          MirrorState.InSync _ -> {}
    }
  }

  /** Adds to an entry what its mirror has been waiting for, or takes that out of it. */
  static void setWaiting(ObjectNode entry, @Nullable RemoteWait remoteWait, Instant now) {
    entry.remove(WAITING);
    if (remoteWait != null) {
      entry
          .putObject(WAITING)
          .put("for", remoteWait.what())
          .put("since", text(now.minus(remoteWait.time())));
    }
  }

  /** Writes into an entry what was found out about its mirror's copy. */
  static void setCopy(ObjectNode entry, CopyReport report) {
    entry.put("drifted", report.drifted());
    ArrayNode drift = entry.putArray("drift");
    report.drift().forEach(drift::add);
    entry.put("damaged", report.damaged());
    entry
        .putObject(LEFT_OUT)
        .put("special", report.leftOut().special())
        .put("excluded", report.leftOut().excluded());
    ArrayNode lacks = entry.putArray(TARGET_LACKS);
    report.lacks().forEach(lacks::add);
    CopyReport.Scan scan = report.scan();
    if (scan == null) {
      return;
    }
    ObjectNode node = entry.putObject("checksum_scan");
    node.put("since", text(scan.began())).put("percent", scan.percent());
    node.put("differed", scan.differed());
    Instant completed = scan.completed();
    if (completed != null) {
      node.put("completed", text(completed));
    }
  }

  /** What there is to say of an entry's copy, a line each. */
  public static List<String> copyLines(JsonNode entry) {
    List<String> lines = new ArrayList<>();
    List<String> drift = new ArrayList<>();
    entry.path("drift").forEach(each -> drift.add(each.asText()));
    long drifted = entry.path("drifted").asLong();
    if (drifted > 0) {
      lines.add(
          "changed at the target by somebody else, as the last full scan found: "
              + String.join(", ", drift)
              + (drifted > drift.size() ? " and %,d more".formatted(drifted - drift.size()) : ""));
    }
    if (entry.path("damaged").asLong() > 0) {
      lines.add(
          "files found with another content since the agent started: %,d"
              .formatted(entry.path("damaged").asLong()));
    }
    leftOut(entry.path(LEFT_OUT)).ifPresent(lines::add);
    entry.path(TARGET_LACKS).forEach(line -> lines.add("at the target, " + line.asText()));
    JsonNode scan = entry.path("checksum_scan");
    if (scan.isObject()) {
      lines.add(
          "checksum scan: %d %% since %s; files that differed: %,d; last complete: %s"
              .formatted(
                  scan.path("percent").asInt(),
                  scan.path("since").asText(),
                  scan.path("differed").asLong(),
                  scan.path("completed").asText("never")));
    }
    return lines;
  }

  private static Optional<String> leftOut(JsonNode found) {
    List<String> parts = new ArrayList<>();
    long special = found.path("special").asLong();
    if (special > 0) {
      parts.add(
          special == 1
              ? "1 device, pipe or socket"
              : "%,d devices, pipes and sockets".formatted(special));
    }
    long excluded = found.path("excluded").asLong();
    if (excluded > 0) {
      parts.add(
          "%s at the target (excluded, so not removed)".formatted(Counts.of(excluded, "entry")));
    }
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "left out, as the last full scan found: %s; 'sync-agent left-out' lists them"
                .formatted(String.join(", ", parts)));
  }

  /** What an entry's mirror has been waiting for, as of now; null for nothing. */
  public static @Nullable RemoteWait waiting(JsonNode entry, Instant now) {
    JsonNode waiting = entry.path(WAITING);
    return waiting.isObject()
        ? new RemoteWait(
            waiting.path("for").asText(),
            Duration.between(Instant.parse(waiting.path("since").asText()), now))
        : null;
  }

  private static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** All of it. */
  static ObjectNode of(Map<String, ObjectNode> mirrors) {
    ObjectNode root = JSON.createObjectNode();
    root.put("pid", ProcessHandle.current().pid());
    root.put("process", STAMP);
    mirrors.forEach(root.putObject("mirrors")::set);
    return root;
  }

  /**
   * Replaces what was written last.
   *
   * @throws IOException if that can't be; then nothing is left, if that can be done, since it would
   *     be taken for true
   */
  void write(ObjectNode status) throws IOException {
    try {
      DurableFile.replaceUnflushed(
          file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(status));
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /**
   * What was written last.
   *
   * @throws java.nio.file.NoSuchFileException if nothing was
   * @throws java.nio.file.AccessDeniedException if this user may not read it
   */
  ObjectNode read() throws IOException {
    return (ObjectNode) JSON.readTree(Files.readAllBytes(file));
  }

  /** Where it is. */
  @Override
  public String toString() {
    return file.toString();
  }

  /** Whether the agent that wrote it still runs. */
  static boolean isRunning(ObjectNode status) {
    return ProcessStamp.isRunning(status.path("pid").asLong(), status.path("process").asText());
  }

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
            ControlRequests.ask(
                stateDirectory, JsonLine.object().put("do", ControlRequests.STATUS));
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
}
