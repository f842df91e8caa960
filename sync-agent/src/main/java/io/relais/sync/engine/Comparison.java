package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.PathProblem;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.Rules;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.target.SyncTarget;
import java.io.IOException;

/** Compares a source with its target without changing anything, neither there nor in the index. */
public final class Comparison {
  private Comparison() {}

  /**
   * What was found.
   *
   * @param problems what could not be looked at
   */
  public record Result(Plan plan, ImmutableList<PathProblem> problems) {}

  /**
   * Compares everything.
   *
   * @param index what is remembered; it is only read
   * @throws io.relais.sync.target.TargetUnavailableException if the connection is lost
   */
  public static Result run(
      MirrorSettings settings, SourceTree source, SyncTarget target, MirrorIndex index)
      throws IOException {
    Rules rules = new Rules(settings.delete(), target.setsSymlinkTimes(), settings.exclusion());
    Surveyed found =
        new Survey(source, target, index, rules, false, new PlanBuilder(index::get))
            .run(Scope.EVERYTHING, () -> false);
    Plan plan = found.plan().build();
    return new Result(
        plan,
        ImmutableList.<PathProblem>builder()
            .addAll(found.problems())
            .addAll(found.unlisted())
            .addAll(plan.problems())
            .build());
  }
}
