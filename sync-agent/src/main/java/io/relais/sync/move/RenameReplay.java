package io.relais.sync.move;

import com.google.common.collect.Sets;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.transfer.StoppedException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Repeats at the target what was only moved at the source, before the scan of a round: which then
 * finds it in its place, and repairs what this has left or got wrong. So this only has to be quick,
 * and may give up wherever it is in doubt. For the owner's thread.
 */
public final class RenameReplay {
  private final RenameContext context;
  private final MirrorIndex index;
  private final TemporaryNameGenerator names;

  public RenameReplay(RenameContext context, TemporaryNameGenerator names) {
    this.context = context;
    this.index = context.index();
    this.names = names;
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
    if (index.count() <= 1 || !context.rules().delete()) {
      return new ReplayOutcome(scanScope, 0);
    }
    SourceDelta sourceDelta = new SourceDelta(context.source(), index, context.rules());
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
        new RenameDetector(context, sourceDelta).find();
    if (detectedRenames.moves().isEmpty()) {
      return new ReplayOutcome(scanScope, 0);
    }
    RenameExecutor runner = new RenameExecutor(context);
    for (MoveOrder.Wave wave :
        MoveOrder.of(detectedRenames.moves(), detectedRenames.directories(), names::take)) {
      if (context.stopping().getAsBoolean()) {
        throw new StoppedException();
      }
      runner.run(wave);
    }
    return new ReplayOutcome(widened(scanScope, detectedRenames), runner.done());
  }

  /** A tree is read again with all below it: what happened in it as it moved may have no hint. */
  private ScanScope widened(ScanScope scanScope, RenameDetector.DetectedRenames detectedRenames) {
    List<RelPath> from = detectedRenames.moves().stream().map(Move::from).toList();
    List<RelPath> to = detectedRenames.moves().stream().map(Move::to).toList();
    Set<RelPath> made = detectedRenames.directories().keySet();
    return context.listing()
        ? scanScope.plus(from, made, to)
        : scanScope.plus(from, Sets.union(made, Set.copyOf(to)), List.of());
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
