package io.relais.sync.transfer;

import static java.util.Comparator.comparingInt;
import static java.util.Objects.requireNonNull;

import io.relais.sync.plan.Step;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stages files and symlinks, then puts all of them in place with nothing in between: files that are
 * new first, since nothing can refer to them yet, then files that replace others, then symlinks,
 * those of one directory side by side. For one plan.
 */
final class ConsistentSwitch {
  private static final Comparator<StagedStep> ORDER =
      comparingInt(ConsistentSwitch::rank).thenComparing(sent -> sent.done().step().path());

  private final SyncTarget target;
  private final StepExecutor executor;
  private final PlanRunner.Objection objection;
  private final Queue<StagedStep> staged = new ConcurrentLinkedQueue<>();
  private boolean refused;

  ConsistentSwitch(SyncTarget target, StepExecutor executor, PlanRunner.Objection objection) {
    this.target = target;
    this.executor = executor;
    this.objection = objection;
  }

  private static int rank(StagedStep sent) {
    return switch (sent.done().step()) {
      case Step.Upload upload -> upload.replaces() == null ? 0 : 1;
      default -> 2;
    };
  }

  /** Whether something stood against the switch: then nothing else of the plan may run. */
  boolean wasRefused() {
    return refused;
  }

  /** Sends what can be staged, and does the rest of these steps. */
  void stage(Collection<List<Step>> groups, int width, Consumer<StepResult> results)
      throws IOException {
    StepExecutor.sideBySide(
        groups,
        width,
        step -> executor.prepare(step, staged),
        result -> {
          switch (result) {
            case StepResult.Staged _ -> {}
            case StepResult.Done _ -> results.accept(result);
            case StepResult.Changed _, StepResult.Failed _ -> {
              refused = true;
              results.accept(result);
            }
          }
        });
  }

  /** Puts everything in place, or drops everything. */
  void publish(Consumer<StepResult> results) throws IOException {
    List<StagedStep> ordered = new ArrayList<>(staged);
    ordered.sort(ORDER);
    String why = objection(ordered);
    if (why != null) {
      refused = true;
      drop(ordered, why, results);
      return;
    }
    List<Staged> entries = ordered.stream().map(sent -> requireNonNull(sent.staged())).toList();
    List<Optional<TargetException>> refusals =
        target.publish(entries, SyncTarget.PublishOrder.GIVEN);
    for (int i = 0; i < ordered.size(); i++) {
      StepResult.Done done = ordered.get(i).done();
      results.accept(
          refusals
              .get(i)
              .<StepResult>map(
                  e ->
                      new StepResult.Failed(
                          done.step(), String.valueOf(e.getMessage()), true, e.suspect()))
              .orElse(done));
    }
  }

  private @Nullable String objection(List<StagedStep> ordered) throws IOException {
    if (refused) {
      return "something else of the same step failed";
    }
    return ordered.isEmpty() ? null : objection.raise();
  }

  private void drop(List<StagedStep> ordered, String why, Consumer<StepResult> results)
      throws IOException {
    for (StagedStep sent : ordered) {
      target.discard(requireNonNull(sent.staged()));
      results.accept(new StepResult.Changed(sent.done().step(), why));
    }
  }
}
