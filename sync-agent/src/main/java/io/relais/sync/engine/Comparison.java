package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Drift;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.plan.GuardFacts;
import io.relais.sync.plan.LeftOut;
import io.relais.sync.plan.PathProblem;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Rules;
import io.relais.sync.plan.Veto;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.target.SyncTarget;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Compares a source with its target without changing anything in the index. */
public final class Comparison {
  private Comparison() {}

  /**
   * What was found.
   *
   * @param problems what could not be looked at
   * @param veto what would keep a mirror from carrying the plan out
   * @param leftOut what is on one side alone, as is meant
   */
  public record Result(
      Plan plan,
      ImmutableList<PathProblem> problems,
      Optional<Veto> veto,
      ImmutableSet<LeftOut> leftOut) {}

  /**
   * Compares everything.
   *
   * @param index what is remembered; it is only read
   * @param mayUnlock whether directories of the target that can't be listed for their own mode are
   *     unlocked for that, and locked again; otherwise nothing is changed there
   * @throws io.relais.sync.target.TargetUnavailableException if the connection is lost
   */
  public static Result run(
      MirrorSettings settings,
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      InstantSource clock,
      boolean mayUnlock)
      throws IOException {
    TargetDisk.recall(target, index);
    Rules rules =
        new Rules(
            settings.delete(),
            target.setsSymlinkTimes(),
            settings.exclusion(),
            target.diskFeatures());
    Before before = Before.of(index, source);
    // With any other policy it is a difference like all others.
    Drifts drifts =
        settings.drift() == DriftPolicy.HALT ? new Drifts(index, DriftPolicy.HALT) : null;
    Surveyed found =
        new Survey(
                source,
                target,
                index,
                rules,
                mayUnlock && settings.drift() != DriftPolicy.REPORT,
                false,
                new PlanBuilder(index::get),
                drifts)
            .run(Scope.EVERYTHING, () -> false);
    lock(found.unlocked(), target);
    Plan plan = found.plan().build();
    Plan carriedOut = found.incomplete() ? found.plan().buildWithoutDeletes() : plan;
    return new Result(
        plan,
        ImmutableList.<PathProblem>builder()
            .addAll(found.problems())
            .addAll(found.unlisted())
            .addAll(plan.problems())
            .build(),
        veto(
            settings,
            index,
            before.of(carriedOut, source.identity(), found.sourceEmpty(), found.listed()),
            drifts == null ? ImmutableList.of() : drifts.of(plan),
            clock.instant()),
        found.leftOut());
  }

  /** What is deepest first: it can't be reached any more once what is above it is locked. */
  private static void lock(Map<RelPath, Integer> modes, SyncTarget target) throws IOException {
    for (Map.Entry<RelPath, Integer> each : new TreeMap<>(modes).descendingMap().entrySet()) {
      target.setMode(each.getKey(), each.getValue());
    }
  }

  private static Optional<Veto> veto(
      MirrorSettings settings,
      MirrorIndex index,
      GuardFacts facts,
      List<Drift> drift,
      Instant now) {
    Guardian guardian = new Guardian(settings, index);
    Optional<Veto> drifted =
        drift.isEmpty() ? Optional.empty() : Optional.of(Drifts.objection(drift));
    return guardian.foresee(facts, now).or(() -> drifted);
  }
}
