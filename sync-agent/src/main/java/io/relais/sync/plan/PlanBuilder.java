package io.relais.sync.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.HashMap;
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
    @Nullable Confirmed get(RelPath path);
  }

  final Lookup index;
  final Map<RelPath, ImmutableList<Step>> steps = new HashMap<>();
  final Map<RelPath, Descent> directories = new HashMap<>();
  final Set<RelPath> kept = new LinkedHashSet<>();
  final Set<RelPath> forgotten = new LinkedHashSet<>();
  final Set<RelPath> drifted = new LinkedHashSet<>();
  final Set<RelPath> touched = new LinkedHashSet<>();
  final Set<RelPath> leftovers = new LinkedHashSet<>();
  final List<DirectoryPlan.DeviceChange> moved = new ArrayList<>();
  final List<PathProblem> problems = new ArrayList<>();

  /**
   * Begins a plan.
   *
   * @param index what is remembered, to restore a directory outside of what is reconciled once
   *     something in it has changed
   */
  public PlanBuilder(Lookup index) {
    this.index = index;
  }

  /** Adds one directory. Of a path that was reconciled twice, the later steps count. */
  public void add(DirectoryPlan plan) {
    Map<RelPath, ImmutableList<Step>> added = new HashMap<>();
    for (Step step : plan.steps()) {
      added.merge(step.path(), ImmutableList.of(step), PlanBuilder::concat);
    }
    steps.putAll(added);
    plan.descents().forEach(descent -> directories.put(descent.path(), descent));
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

  /** The whole plan. */
  public Plan build() {
    return new Assembly(this, false, ImmutableSet.of()).assemble();
  }

  /**
   * The plan without whatever removes something the source does not have. Directories that seem to
   * have lost their mount stay unrecorded, so that the next plan finds the same again.
   */
  public Plan buildWithoutDeletes() {
    ImmutableSet<RelPath> unmounted =
        build().unmounted().stream()
            .map(GuardFacts.Moved::path)
            .collect(ImmutableSet.toImmutableSet());
    return new Assembly(this, true, unmounted).assemble();
  }
}
