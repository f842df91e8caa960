package io.relais.sync.wiring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import io.relais.common.ExitCode;
import io.relais.common.FileAccess;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.OfflineRepair;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.IndexException;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.SourceTree;
import io.relais.sync.transfer.QuarantiningTarget;
import io.relais.sync.wiring.StatusFile.CurrentStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has one mirror repaired: by the running agent, which is told while the rest is still compared, or
 * where none runs in its place. For one thread.
 */
public final class RepairCoordinator {
  /** As many at once, or so many bytes of names: well within what a request may have. */
  private static final int PATHS = 500;

  private static final int BYTES = 100_000;

  private final Path stateDirectory;
  private final MirrorSettings settings;
  private final TemporaryNameGenerator names;
  private final InstantSource clock;
  private final List<RelPath> damaged = new ArrayList<>();
  private long bytes;
  private boolean told;
  private boolean alone;
  private @Nullable String refusal;

  public RepairCoordinator(
      Path stateDirectory,
      MirrorSettings settings,
      TemporaryNameGenerator names,
      InstantSource clock) {
    this.stateDirectory = stateDirectory;
    this.settings = settings;
    this.names = names;
    this.clock = clock;
  }

  /**
   * What came out.
   *
   * @param by who repairs: {@code agent}, {@code verify} or {@code nobody}
   * @param said one line, to follow what was found
   * @param exitCode {@code OK} if it is no matter for it
   */
  public record RepairReport(
      String by, String said, ExitCode exitCode, ImmutableList<String> problems) {
    static RepairReport of(String by, String said) {
      return new RepairReport(by, said, ExitCode.OK, ImmutableList.of());
    }
  }

  /** The content of a file at the target is wrong. */
  public void damaged(RelPath path) {
    damaged.add(path);
    bytes += path.latin1().length();
    if (!alone && refusal == null && (damaged.size() >= PATHS || bytes >= BYTES)) {
      tell(false);
    }
  }

  /** Tells the agent; where none runs, what was found is kept. */
  private void tell(boolean compare) {
    try {
      Optional<ObjectNode> answer =
          ControlRequests.ask(
              stateDirectory, ControlRequests.repair(settings.name(), damaged, compare));
      alone = answer.isEmpty();
      if (!alone) {
        told = true;
        damaged.clear();
        bytes = 0;
      }
    } catch (IOException e) {
      refusal = e.getMessage();
    }
  }

  /**
   * Repairs what was found.
   *
   * @param index a copy of the mirror's, as it was before
   * @param everything whether something differs that a comparison shows
   */
  public RepairReport run(
      SourceTree source, SyncTarget target, IndexSnapshot index, boolean everything)
      throws IOException {
    if (!alone && refusal == null && (everything || !damaged.isEmpty())) {
      tell(everything);
    }
    if (refusal != null) {
      return new RepairReport(
          "nobody", "nothing is repaired: " + refusal, ExitCode.PARTIAL, ImmutableList.of());
    }
    if (!alone && told) {
      return byAgent(everything, shown());
    }
    return repair(source, target, index, everything);
  }

  /** What the running agent has said last of the mirror; nothing where that can't be read. */
  private JsonNode shown() {
    try {
      return CurrentStatus.of(stateDirectory).mirror(settings.name());
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  /**
   * What the agent will do of it.
   *
   * @param shown how the mirror stands
   */
  private RepairReport byAgent(boolean everything, JsonNode shown) {
    String state = shown.path("state").asText();
    String message = shown.path("message").asText();
    if (state.equals("promoted")) {
      return new RepairReport(
          "agent",
          "the running agent knows, but repairs nothing while the backup is live: " + message,
          ExitCode.HALTED,
          ImmutableList.of());
    }
    if (state.equals("halted")) {
      return new RepairReport(
          "agent",
          "the running agent knows, but repairs nothing that it is halted for: " + message,
          ExitCode.HALTED,
          ImmutableList.of());
    }
    if (settings.consistent() && (state.equals("waiting") || state.equals("failing"))) {
      String why = shown.path("problems").path(0).asText();
      return RepairReport.of(
          "agent",
          "the running agent knows, and holds it back for now: "
              + message
              + (why.isEmpty() ? "" : "; " + why));
    }
    if (!everything) {
      return RepairReport.of("agent", "the running agent sends what differed again");
    }
    return RepairReport.of(
        "agent",
        switch (settings.drift()) {
          case REPAIR -> "the running agent compares everything and repairs it";
          case REPORT ->
              "the running agent compares everything; what somebody else has changed at the target"
                  + " it tells and leaves alone (drift = \"report\"), the rest it repairs";
          case HALT ->
              "the running agent compares everything; if somebody else has changed something at"
                  + " the target it halts (drift = \"halt\"), otherwise it repairs all";
        });
  }

  private RepairReport repair(
      SourceTree source, SyncTarget target, IndexSnapshot snapshot, boolean everything)
      throws IOException {
    boolean isNew = snapshot.index().get(RelPath.ROOT) == null;
    if (everything && isNew) {
      return RepairReport.of(
          "nobody", "nothing is repaired, since the agent has never mirrored this: start it");
    }
    if (FileAccess.exists(stateDirectory)
        && !Files.getOwner(stateDirectory).equals(Files.getOwner(snapshot.copy()))) {
      return new RepairReport(
          "nobody",
          "nothing is repaired: run this as the agent's own user, %s"
              .formatted(Files.getOwner(stateDirectory).getName()),
          ExitCode.PARTIAL,
          ImmutableList.of());
    }
    MirrorFactory.makeState(stateDirectory);
    MirrorFactory.makeState(settings.directory());
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    // Under the lock that the agent takes: it can't start in the middle.
    try (MirrorIndex index = SqliteIndex.open(settings.directory(), clock, problems::add)) {
      Fence fence = target.enter(SyncTarget.Session.MIRROR);
      if (fence != null) {
        return new RepairReport(
            "nobody",
            "nothing is repaired: " + fence.describe(),
            ExitCode.HALTED,
            ImmutableList.of());
      }
      OfflineRepair.RepairOutcome repairOutcome =
          new OfflineRepair(settings, index, names, clock)
              .run(
                  source,
                  // What is quarantined here is pruned by the agent.
                  new QuarantiningTarget(
                      target, settings.name(), index::get, Optional.empty(), clock),
                  damaged,
                  everything);
      problems.addAll(repairOutcome.problems());
      GuardViolation halt = repairOutcome.halt();
      return new RepairReport(
          "verify",
          "repaired: "
              + repairOutcome.done().describe()
              + (halt != null ? "; HALTED: " + halt.message() : ""),
          halt != null ? ExitCode.HALTED : ExitCode.OK,
          problems.build());
    } catch (IndexException e) {
      return new RepairReport(
          "nobody", "nothing is repaired: " + e.getMessage(), ExitCode.PARTIAL, ImmutableList.of());
    }
  }
}
