package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.move.CaseRenameReplay;
import io.relais.sync.move.RenameContext;
import io.relais.sync.move.RenameReplay;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.plan.Drift;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.plan.IndexUpdates;
import io.relais.sync.plan.Phase;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.DriftDetector;
import io.relais.sync.scan.MissingEntries;
import io.relais.sync.scan.Scan;
import io.relais.sync.scan.ScanResult;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.SourceTree;
import io.relais.sync.status.CopyReport.LeftOutCounts;
import io.relais.sync.status.PathProblems;
import io.relais.sync.transfer.DeltaRules;
import io.relais.sync.transfer.LargeUploads;
import io.relais.sync.transfer.PlanRunner;
import io.relais.sync.transfer.StepResult;
import io.relais.sync.transfer.SuspectCopyListener;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.transfer.WorkScheduler;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One round: scan, plan, check, transfer, record. For the owner's thread. */
public final class Cycle {
  private final MirrorSettings settings;
  private final MirrorIndex index;
  private final DeleteGuardMonitor deleteGuardMonitor;
  private final PathProblems pathProblems;
  private final TemporaryNameGenerator names;
  private final InstantSource clock;
  private final BooleanSupplier stopping;
  private final Supplier<Set<RelPath>> upcoming;
  private final SuspectCopyListener suspectCopyListener;
  private final CertificateWait certificates;

  public Cycle(
      MirrorSettings settings,
      MirrorIndex index,
      DeleteGuardMonitor deleteGuardMonitor,
      PathProblems pathProblems,
      TemporaryNameGenerator names,
      InstantSource clock,
      BooleanSupplier stopping,
      Supplier<Set<RelPath>> upcoming) {
    this(
        settings,
        index,
        deleteGuardMonitor,
        pathProblems,
        names,
        clock,
        stopping,
        upcoming,
        SuspectCopyListener.NONE);
  }

  /**
   * A cycle of a mirror that goes on.
   *
   * @param suspectCopyListener told of copies whose content is not certain
   */
  Cycle(
      MirrorSettings settings,
      MirrorIndex index,
      DeleteGuardMonitor deleteGuardMonitor,
      PathProblems pathProblems,
      TemporaryNameGenerator names,
      InstantSource clock,
      BooleanSupplier stopping,
      Supplier<Set<RelPath>> upcoming,
      SuspectCopyListener suspectCopyListener) {
    this.settings = settings;
    this.index = index;
    this.deleteGuardMonitor = deleteGuardMonitor;
    this.pathProblems = pathProblems;
    this.names = names;
    this.clock = clock;
    this.stopping = stopping;
    this.upcoming = upcoming;
    this.suspectCopyListener = suspectCopyListener;
    this.certificates = new CertificateWait(settings.name());
  }

  /** What a consistent mirror may be waiting for. */
  CertificateWait certificates() {
    return certificates;
  }

  /** Told what goes on, on the owner's thread. */
  public interface Observer {
    /** There is something to do, or more than there was. */
    void transferring(TransferProgress transferProgress);

    void again(RelPath path);

    /** A path is to be looked at again once its times can be trusted. */
    void later(RelPath path);

    /** A scan of everything has met these directories of the source. */
    default void met(Set<RelPath> directories) {}

    /** A scan of everything has found so much on one side alone, as is meant. */
    default void leftOut(LeftOutCounts count) {}

    /**
     * What somebody else had changed at the target.
     *
     * @param everything whether all of it was listed
     * @param news one line for each that is not being repaired already, with what becomes of it
     */
    record Drifted(List<Drift> found, boolean everything, List<String> news) {}

    /** The target was listed. */
    default void drifted(Drifted drifted) {}
  }

  /**
   * What came out.
   *
   * @param veto why not everything was done; null if it was
   * @param plan what was to be done, but for what was done while it was looked for; null if nothing
   *     was planned
   * @param done what was done
   * @param failed how many paths it could not be done for
   * @param moved how many entries were moved before, each directory as one
   */
  public record Outcome(
      @Nullable GuardViolation veto, @Nullable Plan plan, Summary done, long failed, long moved) {
    static final Outcome NOTHING_TO_DO = new Outcome(null, null, Summary.NOTHING, 0, 0);
  }

  /** Runs one round, large files included. */
  public Outcome run(
      ScanScope asked, @Nullable SourceTree source, SyncTarget target, Observer observer)
      throws IOException {
    return run(asked, source, target, null, observer);
  }

  /**
   * Runs one round. Throws only what ends the connection or the work as a whole.
   *
   * @param large sends large files beside this and later rounds; null where this is to send them
   */
  Outcome run(
      ScanScope asked,
      @Nullable SourceTree source,
      SyncTarget target,
      @Nullable LargeUploads large,
      Observer observer)
      throws IOException {
    RootIdentity now = SourceHolder.stamp(source);
    RoundBaseline roundBaseline = RoundBaseline.of(index, source);
    Optional<GuardViolation> veto =
        deleteGuardMonitor.look(roundBaseline.ofTheRoot(now), clock.instant());
    if (veto.isPresent() || source == null) {
      return new Outcome(veto.orElse(null), null, Summary.NOTHING, 0, 0);
    }
    target.beginRound();
    RenameReplay.ReplayOutcome moves = move(asked, source, target);
    ScanScope scanScope = moves.scope();
    TurnoverRecorder turnoverRecorder =
        new TurnoverRecorder(
            index, deleteGuardMonitor, clock, roundBaseline.founding(), scanScope.isWhole());
    ResultRecorder resultRecorder =
        new ResultRecorder(
            index,
            pathProblems,
            observer::again,
            observer::later,
            clock,
            turnoverRecorder,
            target.place());
    TransferProgress transferProgress = new TransferProgress(Summary.NOTHING, System.nanoTime());
    PlanRunner runner =
        new PlanRunner(
            target, source, clock, stopping, transferProgress, deltas(), index::get, large);
    DriftDetector driftDetector = new DriftDetector(index, settings.drift());
    Set<RelPath> failing =
        scanScope.relists().isEmpty() ? Set.of() : Set.copyOf(pathProblems.all().keySet());
    Round round =
        new Round(
            scanScope,
            roundBaseline,
            source,
            runner,
            resultRecorder,
            turnoverRecorder,
            transferProgress,
            large,
            observer,
            driftDetector);
    ScanResult found = scan(round, target);
    found.unlocked().keySet().forEach(found.plan()::unlocked);
    if (scanScope.isCompared()) {
      observer.met(found.met());
      observer.leftOut(LeftOutCounts.of(found.leftOut()));
    }
    Plan plan = found.plan().build();
    ImmutableList<Drift> drift = round.drifts().of(plan);
    if (settings.drift() == DriftPolicy.REPORT && !drift.isEmpty()) {
      found.plan().leaveTimes(DriftDetector.holders(drift));
      plan = found.plan().build();
    }
    if (settings.drift() == DriftPolicy.HALT && !drift.isEmpty()) {
      veto = deleteGuardMonitor.found(DriftDetector.objection(drift), clock.instant());
      if (veto.isPresent()) {
        observer.drifted(new Observer.Drifted(drift, scanScope.isCompared(), ImmutableList.of()));
        return new Outcome(veto.get(), null, resultRecorder.done(), 0, moves.moved());
      }
      driftDetector.noteContents(drift);
    }
    veto =
        deleteGuardMonitor.check(
            roundBaseline.of(plan, now, isEmptied(found, scanScope, plan, source), found.listed()),
            reach(found, scanScope),
            clock.instant());
    if (veto.isPresent()) {
      if (veto.get().kind() == GuardViolation.Rule.STOP_ALL) {
        return new Outcome(veto.get(), null, resultRecorder.done(), 0, moves.moved());
      }
      plan = found.plan().buildWithoutDeletes();
    } else if (found.incomplete() || deleteGuardMonitor.holdsDeletes()) {
      plan = found.plan().buildWithoutDeletes();
    }
    Set<RelPath> later = large == null ? Set.of() : largeInNewPlaces(plan);
    plan = plan.withoutUploads(later);
    carryOut(plan, round);
    later.stream().filter(this::isPlaceMade).forEach(observer::again);
    tell(drift, failing, veto.isEmpty() && !found.incomplete(), round);
    long failed = report(found, plan, round, target.place());
    if (veto.isEmpty() && scanScope.isWhole() && !deleteGuardMonitor.holdsDeletes()) {
      deleteGuardMonitor.clear();
      if (scanScope.isCompared() && !found.incomplete()) {
        round.drifts().compared();
      }
    }
    if (roundBaseline.founding() && (large == null || large.count() == 0)) {
      index.founded();
    }
    return new Outcome(veto.orElse(null), plan, resultRecorder.done(), failed, moves.moved());
  }

  /** Only where all that stands at the target is known it can be said how much of it is gone. */
  private static DeleteGuardMonitor.Reach reach(ScanResult found, ScanScope scanScope) {
    return scanScope.isWhole() && !found.incomplete() && found.vanished().isEmpty()
        ? DeleteGuardMonitor.Reach.ALL
        : DeleteGuardMonitor.Reach.PART;
  }

  /**
   * What is left as it is fails for as long as it differs; the target has to be listed for that.
   */
  private void tell(List<Drift> drift, Set<RelPath> failing, boolean deletes, Round round) {
    if (round.scope().relists().isEmpty()) {
      return;
    }
    boolean left = settings.drift() == DriftPolicy.REPORT;
    if (left) {
      Instant now = clock.instant();
      drift.forEach(each -> pathProblems.failed(each.path(), DriftDetector.left(each), true, now));
    }
    List<String> news =
        drift.stream()
            .filter(each -> !left && !failing.contains(each.path()))
            .map(each -> DriftDetector.repaired(each, deletes))
            .toList();
    round.observer().drifted(new Observer.Drifted(drift, round.scope().isCompared(), news));
  }

  /**
   * Large files whose place only this plan makes: their directory, or room for them. Once that is
   * done they can be sent beside everything else, so that nothing small has to wait for them.
   */
  private static Set<RelPath> largeInNewPlaces(Plan plan) {
    Set<RelPath> made = new HashSet<>();
    plan.phases()
        .forEach(
            (phase, step) -> {
              if (step instanceof Step.MakeDirectory || step instanceof Step.MoveAside) {
                made.add(step.path());
              }
            });
    return plan.phases().get(Phase.FILES).stream()
        .filter(step -> step instanceof Step.Upload upload && isLarge(upload))
        .map(Step::path)
        .filter(path -> made.contains(path) || made.contains(path.parent()))
        .collect(ImmutableSet.toImmutableSet());
  }

  private static boolean isLarge(Step.Upload upload) {
    return upload.source().size() >= LargeUploads.LARGE;
  }

  /** Where making it failed, it is that which is tried again, each time after a longer wait. */
  private boolean isPlaceMade(RelPath path) {
    IndexEntry parent = index.get(path.parent());
    return parent != null
        && parent.target().kind() == EntryKind.DIRECTORY
        && !pathProblems.all().containsKey(path);
  }

  /**
   * A consistent mirror changes in one step, and a move before that would be another. Where a disk
   * takes names for one that the source tells apart, a move could replace what it must not; an
   * entry is only given another spelling there.
   */
  private RenameReplay.ReplayOutcome move(ScanScope scanScope, SourceTree source, SyncTarget target)
      throws IOException {
    RenameContext context =
        new RenameContext(
            source,
            target,
            index,
            settings.rules(target),
            clock,
            deleteGuardMonitor.window(clock.instant()),
            stopping,
            settings.drift() == DriftPolicy.REPORT);
    if (target.capabilities().disk().foldsCase()) {
      return new CaseRenameReplay(context, !settings.consistent()).run(scanScope);
    }
    if (settings.consistent() || !target.capabilities().disk().keepsAllNames()) {
      return new RenameReplay.ReplayOutcome(scanScope, 0);
    }
    return new RenameReplay(context, names).run(scanScope, upcoming);
  }

  /** What belongs to one round alone. */
  private record Round(
      ScanScope scope,
      RoundBaseline before,
      SourceTree source,
      PlanRunner runner,
      ResultRecorder recorder,
      TurnoverRecorder turnover,
      TransferProgress progress,
      @Nullable LargeUploads large,
      Observer observer,
      DriftDetector drifts) {
    /** Whether an upload is left to what sends large files. */
    boolean defers(Step.Upload upload) {
      return large != null && runner.isWithinDirectories(upload) && large.defers(upload);
    }

    /** Whether it is known how a path that was looked at stands. */
    boolean isDecided(RelPath path) {
      return scope.covers(path) && (large == null || !large.isSending(path));
    }

    /** Whether something under a temporary name is there for a purpose. */
    boolean uses(RelPath temporary, TemporaryNameGenerator names) {
      return large != null && names.isOfNow(temporary.name()) && large.isBusyIn(temporary.parent());
    }

    void transferring() {
      observer.transferring(progress);
    }
  }

  /**
   * Scans. What can be done at once is done meanwhile, unless an operator has something to decide
   * first, or the mirror switches as a whole.
   */
  private ScanResult scan(Round round, SyncTarget target) throws IOException {
    PlanBuilder plan = new PlanBuilder(index::get);
    Scan scan =
        new Scan(
            round.source(),
            target,
            index,
            settings.rules(target),
            true,
            true,
            plan,
            round.drifts());
    RootIdentity root = round.source().identity();
    boolean mayHalt = settings.drift() == DriftPolicy.HALT && !round.scope().relists().isEmpty();
    if (settings.consistent()
        || mayHalt
        || !deleteGuardMonitor.isClear(round.before().ofTheRoot(root), clock.instant())) {
      return scan.run(round.scope(), stopping);
    }
    WorkScheduler workScheduler = new WorkScheduler(stopping);
    EagerExecutor eagerExecutor =
        new EagerExecutor(
            workScheduler,
            round.runner(),
            upload -> defers(upload, round),
            plan,
            round.recorder(),
            round.progress(),
            () -> index.batch(() -> setRoot(round.source())),
            round::transferring);
    try {
      return scan.run(round.scope(), workScheduler, eagerExecutor);
    } finally {
      round.recorder().flush();
    }
  }

  private boolean defers(Step.Upload upload, Round round) {
    boolean deferred = round.defers(upload);
    if (deferred) {
      pathProblems.trying(upload.path(), clock.instant());
    }
    return deferred;
  }

  /** Only deletes make it worth a look whether anything is left at all. */
  private boolean isEmptied(ScanResult found, ScanScope scanScope, Plan plan, SourceTree source)
      throws IOException {
    if (scanScope.isWhole()) {
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

  private void setRoot(SourceTree source) {
    RootIdentity root = source.identity();
    if (!index.root().equals(Optional.of(root))) {
      index.setRoot(root);
    }
    if (!index.way().equals(Optional.of(source.way()))) {
      index.setWay(source.way());
    }
  }

  private void carryOut(Plan plan, Round round) throws IOException {
    ConsistentSwitchCheck check =
        new ConsistentSwitchCheck(round.source(), plan, certificates, clock);
    // What waits already is not sent again only to be dropped.
    if (certificates.held() != null && check.certificates() != null) {
      return;
    }
    round.progress().grow(plan.summary());
    index.batch(
        () -> {
          round.turnover().dropped(plan.forgotten());
          IndexUpdates.begin(plan, index);
          setRoot(round.source());
        });
    if (plan.isEmpty() && plan.leftovers().isEmpty()) {
      return;
    }
    round.transferring();
    // Where nothing was under way in a directory while it was listed, ours is what was left behind,
    // by an earlier run, or by this one when a connection broke.
    List<RelPath> leftovers =
        plan.leftovers().stream()
            .filter(path -> names.isOurs(path.name()) && !round.uses(path, names))
            .toList();
    ResultRecorder resultRecorder = round.recorder();
    resultRecorder.restoring(plan.restored());
    try {
      if (settings.consistent()) {
        round
            .runner()
            .runConsistently(
                plan,
                leftovers,
                check,
                result -> {
                  // Held back for certificates they have not changed, and wait together.
                  if (!(check.isHeld() && result instanceof StepResult.Changed)) {
                    resultRecorder.accept(result);
                  }
                });
      } else {
        round.runner().run(plan, leftovers, resultRecorder);
      }
    } finally {
      resultRecorder.flush();
    }
  }

  DeltaRules deltas() {
    return new DeltaRules(
        settings.deltaMin(),
        settings.verifyDeltas(),
        new IndexedChunks(index),
        suspectCopyListener);
  }

  /** Notes what could not be done; for how many paths. */
  private long report(ScanResult found, Plan plan, Round round, RemoteLocation remoteLocation)
      throws IOException {
    Consumer<PathProblem> add =
        problem -> pathProblems.failed(problem.path(), describe(problem), false, clock.instant());
    found.problems().forEach(add);
    found
        .unlisted()
        .forEach(
            problem ->
                pathProblems.failed(
                    problem.path(),
                    remoteLocation.shown(problem.path()) + ": " + problem.message(),
                    true,
                    clock.instant()));
    plan.problems().forEach(add);
    found.vanished().forEach(round.observer()::again);
    long failed = pathProblems.failedNow();
    pathProblems.endCycle(round::isDecided);
    if (failed > 0) {
      MissingEntries entries = new MissingEntries(round.source(), index, settings.exclusion());
      pathProblems.missing(entries.count(pathProblems.all().navigableKeySet()));
    }
    return failed;
  }

  /** One line with the path; the root, which has none in the mirror, by where it is. */
  private String describe(PathProblem problem) {
    return problem.path().isRoot()
        ? ShellWord.shown(settings.source()) + ": " + problem.message()
        : problem.describe();
  }
}
