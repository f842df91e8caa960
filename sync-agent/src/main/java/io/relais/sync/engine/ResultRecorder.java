package io.relais.sync.engine;

import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.IndexUpdates;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.status.PathProblems;
import io.relais.sync.transfer.StepResult;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes what became of each step: into the index what the target has confirmed, in batches; to the
 * problems what was refused; and back to the mailbox what changed meanwhile. For the owner's
 * thread.
 */
final class ResultRecorder implements Consumer<StepResult> {
  private static final int BATCH = 512;

  /** The lists of very large files are large too, and are not to pile up. */
  private static final int BATCH_CHUNK_BYTES = 1 << 20;

  private final MirrorIndex index;
  private final PathProblems pathProblems;
  private final Consumer<RelPath> again;
  private final Consumer<RelPath> later;
  private final InstantSource clock;
  private final TurnoverRecorder turnoverRecorder;
  private final RemoteLocation remoteLocation;
  private final List<StepResult.Done> unwritten = new ArrayList<>();
  private final Summary.Builder done = new Summary.Builder();
  private Set<RelPath> restored = Set.of();
  private int chunkBytes;

  /**
   * @param again told of paths that changed while they were sent
   * @param later told of paths that may have changed since, without a trace in their times
   * @param turnoverRecorder told of what comes and goes
   * @param remoteLocation where the mirror is kept
   */
  ResultRecorder(
      MirrorIndex index,
      PathProblems pathProblems,
      Consumer<RelPath> again,
      Consumer<RelPath> later,
      InstantSource clock,
      TurnoverRecorder turnoverRecorder,
      RemoteLocation remoteLocation) {
    this.index = index;
    this.pathProblems = pathProblems;
    this.again = again;
    this.later = later;
    this.clock = clock;
    this.turnoverRecorder = turnoverRecorder;
    this.remoteLocation = remoteLocation;
  }

  @Override
  public void accept(StepResult result) {
    switch (result) {
      case StepResult.Done step -> {
        unwritten.add(step);
        count(step);
        pathProblems.solved(step.step().path());
        chunkBytes += step.chunks() == null ? 0 : step.chunks().listBytes();
        if (step.asRead() != null && step.asRead().isRacy()) {
          later.accept(step.step().path());
        }
        if (unwritten.size() >= BATCH || chunkBytes >= BATCH_CHUNK_BYTES) {
          flush();
        }
      }
      case StepResult.Staged _ -> {}
      case StepResult.Changed(var step, var why) -> {
        if (pathProblems.changed(step.path(), why, clock.instant())) {
          again.accept(step.path());
        }
      }
      case StepResult.Failed(var step, var why, boolean unexpected, var suspect) -> {
        boolean relist = unexpected || isOnlyListed(step);
        if (step instanceof Step.Delete) {
          pathProblems.notDeleted(step.path(), why, relist, clock.instant());
        } else {
          pathProblems.failed(step.path(), why, relist, clock.instant());
        }
        if (suspect != null && !suspect.equals(step.path())) {
          pathProblems.failed(suspect, why, true, clock.instant());
        }
      }
    }
  }

  /**
   * Whether only a listing of the target shows that the step is needed, since somebody else has
   * been there: by what is remembered there would be nothing to try again.
   */
  private boolean isOnlyListed(Step step) {
    IndexEntry known = index.get(step.path());
    return switch (step) {
      case Step.Delete _, Step.MoveAside _ -> known == null;
      case Step.SetAttributes(var _, var source, var _) -> isAsRemembered(source, known);
      case Step.MakeDirectory(var _, var source) -> isAsRemembered(source, known);
      case Step.MakeSymlink(var _, var source) -> isAsRemembered(source, known);
      case Step.Upload(var _, var source, var _, var _, var _) -> isAsRemembered(source, known);
      case Step.Adopt _, Step.Unlock _ -> false;
    };
  }

  private static boolean isAsRemembered(SourceEntry source, @Nullable IndexEntry known) {
    return known != null && !known.isDamaged() && known.target().equals(source.asTarget());
  }

  private void count(StepResult.Done result) {
    Step step = result.step();
    switch (result.extent()) {
      case StepResult.Extent.AsPlanned _ -> {
        if (!(step instanceof Step.SetAttributes && restored.contains(step.path()))) {
          done.add(step);
        }
      }
      case StepResult.Extent.Sent(long bytes) -> done.addFile(size(result), bytes);
      case StepResult.Extent.AttributesSet _ -> done.addAttributes();
      case StepResult.Extent.Nothing _ -> {}
    }
  }

  /**
   * Directories that get their own attributes back after something in them was changed: for people
   * that is no change of its own.
   */
  void restoring(Set<RelPath> directories) {
    restored = directories;
  }

  private static long size(StepResult.Done result) {
    return result.asRead() == null ? 0 : result.asRead().size();
  }

  /**
   * What has to be on disk before the next steps (see {@link IndexUpdates#begin}), after what is
   * not yet in the index.
   */
  void begin(Collection<RelPath> forgotten, Collection<RelPath> disturbed) {
    List<StepResult.Done> before = takeUnwritten();
    index.batch(
        () -> {
          before.forEach(this::write);
          turnoverRecorder.dropped(forgotten);
          IndexUpdates.begin(forgotten, disturbed, index);
        });
  }

  /** Writes what is not yet in the index. */
  void flush() {
    if (unwritten.isEmpty()) {
      return;
    }
    List<StepResult.Done> batch = takeUnwritten();
    index.batch(() -> batch.forEach(this::write));
  }

  private List<StepResult.Done> takeUnwritten() {
    List<StepResult.Done> taken = List.copyOf(unwritten);
    unwritten.clear();
    chunkBytes = 0;
    return taken;
  }

  private void write(StepResult.Done done) {
    RelPath path = done.step().path();
    turnoverRecorder.note(done.step());
    if (!IndexUpdates.done(done.step(), done.asRead(), done.hash(), index)) {
      pathProblems.failed(
          path,
          remoteLocation.shown(path)
              + ": something else is known to be there; it is compared again",
          true,
          clock.instant());
    } else if (done.hash() != null) {
      index.putChunks(path, done.hash(), done.chunks());
    }
  }

  Summary done() {
    return done.build();
  }
}
