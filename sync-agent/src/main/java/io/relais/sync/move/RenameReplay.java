package io.relais.sync.move;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.SourceTree;
import io.relais.sync.transfer.StoppedException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Repeats at the target what was only moved at the source, before the scan of a round: which then
 * finds it in its place, and repairs what this has left or got wrong. So this only has to be quick,
 * and may give up wherever it is in doubt. For the owner's thread.
 */
public final class RenameReplay {
  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final SyncRules syncRules;
  private final TemporaryNameGenerator names;
  private final InstantSource clock;
  private final Instant window;
  private final BooleanSupplier stopping;
  private final boolean listing;

  /**
   * @param window by when an entry must have stood at the target to count for the delete guard
   * @param listing whether what was moved is to be listed at the target: it may hold what somebody
   *     else has changed there, and what is to be told of by its new path
   */
  public RenameReplay(
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      SyncRules syncRules,
      TemporaryNameGenerator names,
      InstantSource clock,
      Instant window,
      BooleanSupplier stopping,
      boolean listing) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.syncRules = syncRules;
    this.names = names;
    this.clock = clock;
    this.window = window;
    this.stopping = stopping;
    this.listing = listing;
  }

  /**
   * What was done.
   *
   * @param scope what was to be looked at, and what this has changed
   * @param moved how many entries, each directory as one
   */
  public record ReplayOutcome(ScanScope scope, long moved) {}

  /**
   * Moves.
   *
   * @param upcoming paths that are due soon: the other end of a move may be among them
   */
  public ReplayOutcome run(ScanScope scanScope, Supplier<Set<RelPath>> upcoming)
      throws IOException {
    if (index.count() <= 1 || !syncRules.delete()) {
      return new ReplayOutcome(scanScope, 0);
    }
    SourceDelta sourceDelta = new SourceDelta(source, index, syncRules);
    try {
      look(scanScope, sourceDelta, upcoming);
    } catch (FileSystemException e) {
      // The scan says what can't be read; what moved there is sent again.
      return new ReplayOutcome(scanScope, 0);
    }
    ReplayOutcome replayOutcome =
        sourceDelta.mayHoldMoves() ? move(scanScope, sourceDelta) : new ReplayOutcome(scanScope, 0);
    forgetBrokenOff(sourceDelta);
    return replayOutcome;
  }

  private static void look(
      ScanScope scanScope, SourceDelta sourceDelta, Supplier<Set<RelPath>> upcoming)
      throws IOException {
    for (RelPath root : scanScope.relists()) {
      sourceDelta.search(root);
    }
    for (RelPath root : scanScope.rescans()) {
      sourceDelta.search(root);
    }
    for (RelPath path : scanScope.hints()) {
      sourceDelta.look(path);
    }
    sourceDelta.askForDirectories();
    if (!scanScope.isWhole() && !sourceDelta.mayHoldMoves() && !sourceDelta.isNothing()) {
      for (RelPath path : upcoming.get()) {
        sourceDelta.look(path);
      }
    }
  }

  private ReplayOutcome move(ScanScope scanScope, SourceDelta sourceDelta) throws IOException {
    RenameDetector.DetectedRenames detectedRenames =
        new RenameDetector(source, index, syncRules, sourceDelta, clock, stopping).find();
    if (detectedRenames.moves().isEmpty()) {
      return new ReplayOutcome(scanScope, 0);
    }
    RenameExecutor runner = new RenameExecutor(target, index, clock, window);
    for (MoveOrder.Wave wave :
        MoveOrder.of(detectedRenames.moves(), detectedRenames.directories(), names::take)) {
      if (stopping.getAsBoolean()) {
        throw new StoppedException();
      }
      runner.run(wave);
    }
    return new ReplayOutcome(widened(scanScope, detectedRenames), runner.done());
  }

  /** A tree is read again with all below it: what happened in it as it moved may have no hint. */
  private ScanScope widened(ScanScope scanScope, RenameDetector.DetectedRenames detectedRenames) {
    Set<RelPath> hints = new HashSet<>(scanScope.hints());
    Set<RelPath> rescans = new HashSet<>(scanScope.rescans());
    Set<RelPath> relists = new HashSet<>(scanScope.relists());
    for (Move move : detectedRenames.moves()) {
      hints.add(move.from());
      (listing ? relists : rescans).add(move.to());
    }
    rescans.addAll(detectedRenames.directories().keySet());
    return new ScanScope(
        ImmutableSet.copyOf(hints), ImmutableSet.copyOf(rescans), ImmutableSet.copyOf(relists));
  }

  /** What was to go on from a temporary name and did not is of no use any more. */
  private void forgetBrokenOff(SourceDelta sourceDelta) {
    for (RelPath path : sourceDelta.brokenOff()) {
      if (index.get(path) != null) {
        index.batch(() -> index.removeTree(path));
      }
    }
  }
}
