package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Bookkeeper;
import io.relais.sync.plan.GuardFacts;
import io.relais.sync.plan.PathProblem;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.RootStamp;
import io.relais.sync.plan.Rules;
import io.relais.sync.plan.Summary;
import io.relais.sync.plan.Veto;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TemporaryNamer;
import io.relais.sync.transfer.PlanRunner;
import io.relais.sync.transfer.Progress;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One round: scan, plan, check, transfer, record. For the owner's thread. */
final class Cycle {
  private static final Summary NOTHING = new Summary(0, 0, 0, 0, 0, 0);

  private final MirrorSettings settings;
  private final MirrorIndex index;
  private final Guardian guardian;
  private final Problems problems;
  private final TemporaryNamer names;
  private final InstantSource clock;
  private final BooleanSupplier stopping;

  Cycle(
      MirrorSettings settings,
      MirrorIndex index,
      Guardian guardian,
      Problems problems,
      TemporaryNamer names,
      InstantSource clock,
      BooleanSupplier stopping) {
    this.settings = settings;
    this.index = index;
    this.guardian = guardian;
    this.problems = problems;
    this.names = names;
    this.clock = clock;
    this.stopping = stopping;
  }

  /** Told what goes on, on the owner's thread. */
  interface Observer {
    void transferring(Plan plan, Progress progress);

    void again(RelPath path);

    /** A path is to be looked at again once its times can be trusted. */
    void later(RelPath path);
  }

  /**
   * What came out.
   *
   * @param veto why not everything was done; null if it was
   * @param plan what was to be done; null if nothing was planned
   * @param done what was done of it
   * @param failed how many paths it could not be done for
   */
  record Outcome(@Nullable Veto veto, @Nullable Plan plan, Summary done, long failed) {
    static final Outcome NOTHING_TO_DO = new Outcome(null, null, NOTHING, 0);
  }

  /** Runs one round. Throws only what ends the connection or the work as a whole. */
  Outcome run(Scope scope, @Nullable SourceTree source, SyncTarget target, Observer observer)
      throws IOException {
    RootStamp now = SourceHolder.stamp(source);
    Optional<Veto> veto = guardian.look(facts(now, false, 0, null), clock.instant());
    if (veto.isPresent() || source == null) {
      return new Outcome(veto.orElse(null), null, NOTHING, 0);
    }
    Surveyed found = survey(source, target).run(scope, stopping);
    Plan plan = found.plan().build();
    veto =
        guardian.check(
            facts(now, isEmptied(found, scope, plan, source), found.listed(), plan),
            clock.instant());
    if (veto.isPresent()) {
      if (veto.get().kind() == Veto.Kind.STOP_ALL) {
        return new Outcome(veto.get(), null, NOTHING, 0);
      }
      plan = found.plan().buildWithoutDeletes();
    }
    Recorder recorder = new Recorder(index, problems, observer::again, observer::later, clock);
    carryOut(plan, source, target, observer, recorder, now);
    long failed = report(found, plan, scope, observer);
    if (veto.isEmpty() && scope.isWhole()) {
      guardian.clear();
    }
    return new Outcome(veto.orElse(null), plan, recorder.done(), failed);
  }

  private Survey survey(SourceTree source, SyncTarget target) {
    Rules rules = new Rules(settings.delete(), target.setsSymlinkTimes(), settings.exclusion());
    return new Survey(source, target, index, rules, true);
  }

  /** Only deletes make it worth a look whether anything is left at all. */
  private boolean isEmptied(Surveyed found, Scope scope, Plan plan, SourceTree source)
      throws IOException {
    if (scope.isWhole()) {
      return found.sourceEmpty();
    }
    return plan.summary().deletes() > 0
        && source.list(RelPath.ROOT).entrySet().stream()
            .noneMatch(
                child ->
                    settings
                        .exclusion()
                        .mirrors(RelPath.ROOT.child(child.getKey()), child.getValue().kind()));
  }

  private GuardFacts facts(
      @Nullable RootStamp now, boolean sourceEmpty, long listed, @Nullable Plan plan) {
    return new GuardFacts(
        index.root().orElse(null),
        now,
        sourceEmpty,
        Math.max(listed, Math.max(0, index.count() - 1)),
        plan == null ? 0 : plan.summary().deletes(),
        plan == null ? ImmutableList.of() : plan.unmounted());
  }

  private void carryOut(
      Plan plan,
      SourceTree source,
      SyncTarget target,
      Observer observer,
      Recorder recorder,
      @Nullable RootStamp now)
      throws IOException {
    Progress progress = new Progress(plan.summary(), System.nanoTime());
    index.batch(
        () -> {
          Bookkeeper.begin(plan, index);
          if (now != null && !index.root().equals(Optional.of(now))) {
            index.setRoot(now);
          }
        });
    if (plan.isEmpty() && plan.leftovers().isEmpty()) {
      return;
    }
    observer.transferring(plan, progress);
    // Nothing is under way while the target is listed: ours is what was left behind, by an earlier
    // run, or by this one when a connection broke.
    List<RelPath> leftovers =
        plan.leftovers().stream().filter(path -> names.isOurs(path.name())).toList();
    PlanRunner runner = new PlanRunner(target, source, clock, stopping, progress);
    try {
      if (settings.consistent()) {
        runner.runConsistently(plan, leftovers, new SwitchCheck(source, plan), recorder);
      } else {
        runner.run(plan, leftovers, recorder);
      }
    } finally {
      recorder.flush();
      guardian.deleted(recorder.deleted(), clock.instant());
    }
  }

  /** Notes what could not be done; for how many paths. */
  private long report(Surveyed found, Plan plan, Scope scope, Observer observer) {
    Consumer<PathProblem> add =
        problem -> problems.failed(problem.path(), problem.describe(), false, clock.instant());
    found.problems().forEach(add);
    plan.problems().forEach(add);
    found.vanished().forEach(observer::again);
    long failed = problems.failedNow();
    problems.endCycle(
        path ->
            scope.isWhole()
                || scope.hints().contains(path)
                || scope.relists().stream().anyMatch(path::startsWith)
                || scope.rescans().stream().anyMatch(path::startsWith));
    return failed;
  }
}
