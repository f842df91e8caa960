package io.relais.sync.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Unlock;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All there is to do, in an order that is safe to stop anywhere: what is done by then is right, and
 * the rest is planned again.
 *
 * @param phases the steps of each phase, in its order
 * @param absorbed deletes that need no step of their own, since a directory that is moved aside
 *     takes them along
 * @param disturbed directories that are there, and whose times move with what is done in them: the
 *     index must say so before the first step (see {@link IndexUpdates#begin})
 * @param restored directories that are set in the last phase only because of what is done in them
 * @param forgotten paths whose records, with all below them, are dropped before the first step
 * @param unrecorded directories that stay though the source does not have them, because of what
 *     they hold: their records alone are dropped before the first step
 * @param drifted what somebody else has changed at the target
 * @param leftovers temporaries of ours that were listed at the target, to be removed with all they
 *     hold between {@link Phase#UNLOCK} and {@link Phase#DELETES}; the directories that hold them
 *     are set again after that
 * @param unmounted directories that are on another device than before or have lost their mount,
 *     with deletes below them
 */
public record Plan(
    ImmutableListMultimap<Phase, Step> phases,
    ImmutableList<Step.Delete> absorbed,
    ImmutableSet<RelPath> disturbed,
    ImmutableSet<RelPath> restored,
    ImmutableSet<RelPath> forgotten,
    ImmutableSet<RelPath> unrecorded,
    ImmutableSet<Drift> drifted,
    ImmutableSet<RelPath> leftovers,
    ImmutableList<GuardInput.Moved> unmounted,
    ImmutableList<PathProblem> problems) {

  /** All steps, in order. */
  public ImmutableList<Step> steps() {
    return Stream.of(Phase.values())
        .flatMap(phase -> phases.get(phase).stream())
        .collect(ImmutableList.toImmutableList());
  }

  /** The same without some uploads, which are left to a later plan. */
  public Plan withoutUploads(Set<RelPath> paths) {
    if (paths.isEmpty()) {
      return this;
    }
    ImmutableListMultimap.Builder<Phase, Step> kept = ImmutableListMultimap.builder();
    phases.forEach(
        (phase, step) -> {
          if (!(step instanceof Step.Upload) || !paths.contains(step.path())) {
            kept.put(phase, step);
          }
        });
    return new Plan(
        kept.build(),
        absorbed,
        disturbed,
        restored,
        forgotten,
        unrecorded,
        drifted,
        leftovers,
        unmounted,
        problems);
  }

  /** Whether there is nothing to do, neither at the target nor in the index. */
  public boolean isEmpty() {
    return phases.isEmpty() && forgotten.isEmpty() && unrecorded.isEmpty();
  }

  /** How the target differs, for people: without the steps that only serve others. */
  public Stream<Step> differences() {
    return Stream.concat(steps().stream().filter(this::isDifference), absorbed.stream());
  }

  private boolean isDifference(Step step) {
    return switch (step) {
      case Adopt _, Unlock _, MoveAside _ -> false;
      case SetAttributes set -> !restored.contains(set.path());
      default -> true;
    };
  }

  /** All that is removed, as {@link Summary#deletes} counts it. */
  public ImmutableList<RelPath> removals() {
    ImmutableList.Builder<RelPath> removals = ImmutableList.builder();
    phases
        .values()
        .forEach(
            step -> {
              if (step instanceof Step.Delete
                  || (step instanceof MoveAside(var _, var entryKind)
                      && entryKind == EntryKind.DIRECTORY)) {
                removals.add(step.path());
              }
            });
    absorbed.forEach(delete -> removals.add(delete.path()));
    return removals.build();
  }

  /** All that is made where nothing is. */
  public ImmutableList<RelPath> creations() {
    return phases.values().stream()
        .filter(
            step ->
                switch (step) {
                  case Step.Upload upload -> upload.replaces() == null;
                  case Step.MakeDirectory _, Step.MakeSymlink _ -> true;
                  default -> false;
                })
        .map(Step::path)
        .collect(ImmutableList.toImmutableList());
  }

  /** How much is to be done. */
  public Summary summary() {
    Summary.Builder summary = new Summary.Builder();
    steps().stream().filter(this::isDifference).forEach(summary::add);
    phases.values().stream().filter(MoveAside.class::isInstance).forEach(summary::add);
    absorbed.forEach(summary::add);
    return summary.build();
  }
}
