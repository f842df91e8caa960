package io.relais.sync.engine;

import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Bookkeeper;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import io.relais.sync.transfer.StepResult;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes what became of each step: into the index what the target has confirmed, in batches; to the
 * problems what was refused; and back to the mailbox what changed meanwhile. For the owner's
 * thread.
 */
final class Recorder implements Consumer<StepResult> {
  private static final int BATCH = 256;

  private final MirrorIndex index;
  private final Problems problems;
  private final Consumer<RelPath> again;
  private final Consumer<RelPath> later;
  private final InstantSource clock;
  private final List<StepResult.Done> unwritten = new ArrayList<>();
  private final Summary.Builder done = new Summary.Builder();
  private long deleted;

  /**
   * @param again told of paths that changed while they were sent
   * @param later told of paths that may have changed since, without a trace in their times
   */
  Recorder(
      MirrorIndex index,
      Problems problems,
      Consumer<RelPath> again,
      Consumer<RelPath> later,
      InstantSource clock) {
    this.index = index;
    this.problems = problems;
    this.again = again;
    this.later = later;
    this.clock = clock;
  }

  @Override
  public void accept(StepResult result) {
    switch (result) {
      case StepResult.Done step -> {
        unwritten.add(step);
        count(step.step());
        problems.solved(step.step().path());
        if (step.asRead() != null && step.asRead().isRacy()) {
          later.accept(step.step().path());
        }
        if (unwritten.size() >= BATCH) {
          flush();
        }
      }
      case StepResult.Staged _ -> {}
      case StepResult.Changed(var step, var why) -> {
        if (problems.changed(step.path(), why, clock.instant())) {
          again.accept(step.path());
        }
      }
      case StepResult.Failed(var step, var why, boolean unexpected) -> {
        problems.failed(step.path(), why, unexpected, clock.instant());
      }
    }
  }

  private void count(Step step) {
    done.add(step);
    if (step instanceof Step.Delete) {
      deleted++;
    }
  }

  /** Writes what is not yet in the index. */
  void flush() {
    if (unwritten.isEmpty()) {
      return;
    }
    List<StepResult.Done> batch = List.copyOf(unwritten);
    unwritten.clear();
    index.batch(
        () ->
            batch.forEach(each -> Bookkeeper.done(each.step(), each.asRead(), each.hash(), index)));
  }

  long deleted() {
    return deleted;
  }

  Summary done() {
    return done.build();
  }
}
