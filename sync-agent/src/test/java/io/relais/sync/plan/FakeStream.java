package io.relais.sync.plan;

import io.relais.sync.path.RelPath;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Does in memory, as the engine does, what of a plan can be done while it is still made. */
final class FakeStream {
  private record Look(ChildDirectory descent, boolean open) {}

  private final FakeMirror mirror;
  private final PlanBuilder rest;
  private final Deque<Look> next = new ArrayDeque<>();
  private int left;
  private boolean done = true;

  /** Prepares to do so many steps at most. */
  FakeStream(FakeMirror mirror, int limit) {
    this.mirror = mirror;
    this.rest = new PlanBuilder(mirror.index::get);
    this.left = limit;
  }

  /** What is left to do, in the plan that comes of it. */
  PlanBuilder run(boolean asked) {
    boolean list = asked || !mirror.isTrustworthy();
    take(mirror.root(list), true);
    while (!next.isEmpty() && left > 0) {
      Look look = next.pop();
      mirror.unlock(look.descent(), list, rest);
      take(mirror.directory(look.descent(), list), look.open());
    }
    return rest;
  }

  /** How many steps may still be done. */
  int left() {
    return left;
  }

  /** Whether nothing failed. */
  boolean isDone() {
    return done;
  }

  private void take(DirectoryPlan found, boolean open) {
    SafeStepSplit safeStepSplit = SafeStepSplit.of(found, open);
    rest.add(safeStepSplit.later());
    IndexUpdates.begin(safeStepSplit.forgotten(), Set.of(), mirror.index);
    List<Step> steps = new ArrayList<>();
    Set<RelPath> disturbed = new HashSet<>();
    for (Step step : safeStepSplit.now()) {
      if (step instanceof Step.Adopt) {
        done &= mirror.apply(step, done);
      } else {
        steps.add(step);
        if (SafeStepSplit.disturbs(step)
            && !step.path().isRoot()
            && rest.touch(step.path().parent())) {
          disturbed.add(step.path().parent());
        }
      }
    }
    safeStepSplit.made().forEach(rest::touch);
    IndexUpdates.begin(List.of(), disturbed, mirror.index);
    Set<RelPath> failed = new HashSet<>();
    for (Step step : steps) {
      if (left == 0) {
        return;
      }
      left--;
      if (!mirror.apply(step, done)) {
        done = false;
        failed.add(step.path());
      }
    }
    for (ChildDirectory childDirectory : found.descents()) {
      if (!failed.contains(childDirectory.path())) {
        next.push(new Look(childDirectory, open && safeStepSplit.opens(childDirectory)));
      }
    }
  }
}
