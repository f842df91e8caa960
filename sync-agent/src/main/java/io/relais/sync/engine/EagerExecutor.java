package io.relais.sync.engine;

import com.google.common.collect.Lists;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.ChildDirectory;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.SafeStepSplit;
import io.relais.sync.plan.Step;
import io.relais.sync.scan.Scan;
import io.relais.sync.transfer.PlanRunner;
import io.relais.sync.transfer.StepResult;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.transfer.WorkScheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Does what can be done at once ({@link SafeStepSplit}) while the scan goes on, and leaves the rest
 * to the plan. What a new directory holds is looked at once that directory is made, so that nothing
 * has to wait for it; and when many steps wait, nothing more is looked at. For the owner's thread.
 */
final class EagerExecutor implements Scan.Intake {
  /** Steps that wait or are under way: enough to keep the line full while a directory is listed. */
  private static final int MOST_STEPS = 4096;

  /** Files that one thread sends side by side. */
  private static final int MOST_TOGETHER = 16;

  /** Requests that one thread waits for. */
  private static final int MOST_REQUESTS = 64;

  /** Where nothing else is under way, there are at least so many groups. */
  private static final int SPREAD = 8;

  /** With so many under way, none is waited for. */
  private static final int BUSY = 64;

  private final Predicate<Step.Upload> deferred;
  private final PlanBuilder rest;
  private final ResultRecorder resultRecorder;
  private final TransferProgress transferProgress;
  private final Runnable onFirst;
  private final Runnable onMore;
  private final WorkScheduler.Lane<List<Step>, List<StepResult>> steps;

  /** What of new directories is looked at once they are made. */
  private final Map<RelPath, Awaited> awaited = new HashMap<>();

  private final List<StepResult> adopted = new ArrayList<>();
  private final List<Step> held = new ArrayList<>();
  private final List<RelPath> forgotten = new ArrayList<>();
  private final Set<RelPath> disturbed = new LinkedHashSet<>();

  private boolean begun;

  private record Awaited(Scan.PendingDirectory look, Consumer<Scan.PendingDirectory> goOn) {}

  /**
   * Adds its lane to a scheduler.
   *
   * @param deferred whether an upload is left to others, who will see to it
   * @param rest gets what is not done at once
   * @param onFirst called before anything is done at the target
   * @param onMore told when there is more to do than before
   */
  EagerExecutor(
      WorkScheduler workScheduler,
      PlanRunner runner,
      Predicate<Step.Upload> deferred,
      PlanBuilder rest,
      ResultRecorder resultRecorder,
      TransferProgress transferProgress,
      Runnable onFirst,
      Runnable onMore) {
    this.deferred = deferred;
    this.rest = rest;
    this.resultRecorder = resultRecorder;
    this.transferProgress = transferProgress;
    this.onFirst = onFirst;
    this.onMore = onMore;
    this.steps =
        workScheduler.lane(
            "transfer",
            runner::width,
            PlanRunner::weight,
            () -> false,
            runner::runSteps,
            results -> results.forEach(this::take));
  }

  @Override
  public boolean isFull() {
    return steps.size() >= MOST_STEPS;
  }

  @Override
  public void take(
      Scan.PendingDirectory at, DirectoryPlan found, Consumer<Scan.PendingDirectory> goOn) {
    SafeStepSplit safeStepSplit = SafeStepSplit.of(found, at.open());
    rest.add(safeStepSplit.later());
    forgotten.addAll(safeStepSplit.forgotten());
    for (ChildDirectory childDirectory : found.descents()) {
      Scan.PendingDirectory pendingDirectory =
          at.into(childDirectory, at.open() && safeStepSplit.opens(childDirectory));
      if (safeStepSplit.made().contains(childDirectory.path())) {
        awaited.put(childDirectory.path(), new Awaited(pendingDirectory, goOn));
      } else {
        goOn.accept(pendingDirectory);
      }
    }
    safeStepSplit.now().forEach(this::hold);
  }

  private void hold(Step step) {
    if (step instanceof Step.Adopt) {
      adopted.add(StepResult.Done.of(step));
      return;
    }
    if (step instanceof Step.Upload upload && deferred.test(upload)) {
      return;
    }
    if (SafeStepSplit.disturbs(step) && !step.path().isRoot() && rest.touch(step.path().parent())) {
      disturbed.add(step.path().parent());
    }
    if (step instanceof Step.MakeDirectory) {
      // Its record will say by itself that it is not settled.
      rest.touch(step.path());
    }
    transferProgress.grow(step);
    held.add(step);
  }

  /**
   * Lets go of what was held. The index says what it has to before the first step; and a directory
   * is recorded before it is noted that something is about to change in it.
   */
  @Override
  public void release() {
    if (!forgotten.isEmpty()) {
      resultRecorder.begin(forgotten, Set.of());
      forgotten.clear();
    }
    adopted.forEach(resultRecorder);
    adopted.clear();
    if (!disturbed.isEmpty()) {
      resultRecorder.begin(List.of(), disturbed);
      disturbed.clear();
    }
    if (!held.isEmpty()) {
      if (!begun) {
        begun = true;
        onFirst.run();
      }
      addHeld();
      onMore.run();
    }
  }

  /** A few files go side by side, each as soon as it can; many in groups, which costs less. */
  private void addHeld() {
    int most =
        steps.size() > BUSY ? MOST_TOGETHER : Math.clamp(held.size() / SPREAD, 1, MOST_TOGETHER);
    List<Step> requests = new ArrayList<>();
    List<Step> small = new ArrayList<>();
    for (Step step : held) {
      if (PlanRunner.isRequest(step)) {
        requests.add(step);
      } else if (PlanRunner.isSmallUpload(step)) {
        small.add(step);
      } else {
        steps.add(List.of(step));
      }
    }
    Lists.partition(requests, MOST_REQUESTS).forEach(group -> steps.add(List.copyOf(group)));
    Lists.partition(small, most).forEach(group -> steps.add(List.copyOf(group)));
    held.clear();
  }

  private void take(StepResult result) {
    resultRecorder.accept(result);
    Awaited next = awaited.isEmpty() ? null : awaited.remove(result.step().path());
    if (next != null && result instanceof StepResult.Done) {
      next.goOn().accept(next.look());
    }
  }
}
