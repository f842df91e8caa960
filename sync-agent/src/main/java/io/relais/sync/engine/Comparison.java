package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.LeftOut;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Drift;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.scan.DriftDetector;
import io.relais.sync.scan.Scan;
import io.relais.sync.scan.ScanResult;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.SourceTree;
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
  public record ComparisonResult(
      Plan plan,
      ImmutableList<PathProblem> problems,
      Optional<GuardViolation> veto,
      ImmutableSet<LeftOut> leftOut) {}

  /**
   * Compares everything.
   *
   * @param index what is remembered; it is only read
   * @param mayUnlock whether directories of the target that can't be listed for their own mode are
   *     unlocked for that, and locked again; otherwise nothing is changed there
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost
   */
  public static ComparisonResult run(
      MirrorSettings settings,
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      InstantSource clock,
      boolean mayUnlock)
      throws IOException {
    TargetFileSystem.recall(target, index);
    RoundBaseline roundBaseline = RoundBaseline.of(index, source);
    // With any other policy it is a difference like all others.
    DriftDetector driftDetector =
        settings.drift() == DriftPolicy.HALT ? new DriftDetector(index, DriftPolicy.HALT) : null;
    ScanResult found =
        new Scan(
                source,
                target,
                index,
                settings.rules(target),
                mayUnlock && settings.drift() != DriftPolicy.REPORT,
                false,
                new PlanBuilder(index::get),
                driftDetector)
            .run(ScanScope.EVERYTHING, () -> false);
    lock(found.unlocked(), target);
    Plan plan = found.plan().build();
    Plan carriedOut = found.incomplete() ? found.plan().buildWithoutDeletes() : plan;
    return new ComparisonResult(
        plan,
        ImmutableList.<PathProblem>builder()
            .addAll(found.problems())
            .addAll(found.unlisted())
            .addAll(plan.problems())
            .build(),
        veto(
            settings,
            index,
            roundBaseline.of(carriedOut, source.identity(), found.sourceEmpty(), found.listed()),
            driftDetector == null ? ImmutableList.of() : driftDetector.of(plan),
            clock.instant()),
        found.leftOut());
  }

  /** What is deepest first: it can't be reached any more once what is above it is locked. */
  private static void lock(Map<RelPath, Integer> modes, SyncTarget target) throws IOException {
    for (Map.Entry<RelPath, Integer> each : new TreeMap<>(modes).descendingMap().entrySet()) {
      target.make(new RemoteChange.SetMode(each.getKey(), each.getValue()));
    }
  }

  private static Optional<GuardViolation> veto(
      MirrorSettings settings,
      MirrorIndex index,
      GuardInput facts,
      List<Drift> drift,
      Instant now) {
    DeleteGuardMonitor deleteGuardMonitor = new DeleteGuardMonitor(settings, index);
    Optional<GuardViolation> drifted =
        drift.isEmpty() ? Optional.empty() : Optional.of(DriftDetector.objection(drift));
    return deleteGuardMonitor.foresee(facts, now).or(() -> drifted);
  }
}
