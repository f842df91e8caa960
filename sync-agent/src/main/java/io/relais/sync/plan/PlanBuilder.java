package io.relais.sync.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.path.RelPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers what came out of many directories into one {@link Plan}. Not for use by many threads. */
public final class PlanBuilder {
  /** Looks up what is remembered of a directory that was not reconciled itself. */
  @FunctionalInterface
  public interface Lookup {
    @Nullable IndexEntry get(RelPath path);
  }

  final Lookup index;
  final Map<RelPath, ImmutableList<Step>> steps = new HashMap<>();
  final Map<RelPath, ChildDirectory> directories = new HashMap<>();
  final Set<RelPath> kept = new LinkedHashSet<>();
  final Set<RelPath> forgotten = new LinkedHashSet<>();
  final Set<Drift> drifted = new LinkedHashSet<>();
  final Set<RelPath> touched = new LinkedHashSet<>();
  final Set<RelPath> untimed = new HashSet<>();
  final Set<RelPath> unlocked = new LinkedHashSet<>();
  final Set<RelPath> leftovers = new LinkedHashSet<>();
  final List<DirectoryPlan.DeviceChange> moved = new ArrayList<>();
  final List<PathProblem> problems = new ArrayList<>();
  private final Set<RelPath> retracted = new HashSet<>();

  /**
   * Begins a plan.
   *
   * @param index what is remembered, to restore a directory outside of what is reconciled once
   *     something in it has changed
   */
  public PlanBuilder(Lookup index) {
    this.index = index;
  }

  /**
   * Forgets what is planned for one path itself, which is about to be added once more: a later look
   * replaces all of an earlier one, also where it finds nothing to do.
   */
  public void replace(RelPath path) {
    steps.remove(path);
    directories.remove(path);
    kept.remove(path);
    forgotten.remove(path);
    drifted.removeIf(each -> each.path().equals(path));
    leftovers.remove(path);
    moved.removeIf(each -> each.path().equals(path));
    problems.removeIf(each -> each.path().equals(path));
  }

  /**
   * Leaves a path and all below it out of this plan, whatever was or will be added of them: two
   * looks disagree about what it is, so what was found below it can't be trusted either. It stays
   * as it is.
   */
  public void retract(RelPath path) {
    retracted.add(path);
  }

  private boolean isRetracted(RelPath path) {
    return retracted.stream().anyMatch(path::startsWith);
  }

  private void dropRetracted() {
    if (retracted.isEmpty()) {
      return;
    }
    steps.keySet().removeIf(this::isRetracted);
    directories.keySet().removeIf(this::isRetracted);
    kept.removeIf(this::isRetracted);
    forgotten.removeIf(this::isRetracted);
    drifted.removeIf(each -> isRetracted(each.path()));
    touched.removeIf(this::isRetracted);
    leftovers.removeIf(this::isRetracted);
    moved.removeIf(each -> isRetracted(each.path()));
    problems.removeIf(each -> isRetracted(each.path()));
    // Neither may what holds it be removed.
    kept.addAll(retracted);
  }

  /** Adds what came out of one directory. */
  public void add(DirectoryPlan plan) {
    Map<RelPath, ImmutableList<Step>> added = new HashMap<>();
    for (Step step : plan.steps()) {
      added.merge(step.path(), ImmutableList.of(step), PlanBuilder::concat);
    }
    steps.putAll(added);
    plan.descents()
        .forEach(childDirectory -> directories.put(childDirectory.path(), childDirectory));
    kept.addAll(plan.kept());
    forgotten.addAll(plan.forgotten());
    drifted.addAll(plan.drifted());
    leftovers.addAll(plan.leftovers());
    moved.addAll(plan.moved());
    problems.addAll(plan.problems());
  }

  private static ImmutableList<Step> concat(ImmutableList<Step> one, ImmutableList<Step> other) {
    return ImmutableList.<Step>builder().addAll(one).addAll(other).build();
  }

  /**
   * Notes that something is done in a directory, or that it is made, before the plan is built: the
   * plan is to set it at its end, as the index then has it.
   *
   * @return whether that was not yet known
   */
  public boolean touch(RelPath directory) {
    return touched.add(directory);
  }

  /**
   * Notes that a directory was unlocked, to be listed: the plan is to lock it again, whatever else
   * there is to do.
   */
  public void unlocked(RelPath directory) {
    unlocked.add(directory);
  }

  /**
   * Leaves the time of directories as it is, unless something is done in them, or the source's own
   * have changed: it has moved with what somebody else has done there, and that is left too.
   */
  public void leaveTimes(Set<RelPath> holders) {
    untimed.addAll(holders);
  }

  /** The whole plan. */
  public Plan build() {
    dropRetracted();
    return new PlanAssembler(this, false, ImmutableSet.of()).assemble();
  }

  /**
   * The plan without whatever removes something the source does not have. Directories that seem to
   * have lost their mount stay unrecorded, so that the next plan finds the same again.
   */
  public Plan buildWithoutDeletes() {
    ImmutableSet<RelPath> unmounted =
        build().unmounted().stream()
            .map(GuardInput.Moved::path)
            .collect(ImmutableSet.toImmutableSet());
    return new PlanAssembler(this, true, unmounted).assemble();
  }
}
