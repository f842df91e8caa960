package io.relais.sync.scan;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import com.google.common.collect.Multimap;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.LeftOut;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.move.CaseRenameReplay;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.ChildDirectory;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.DirectoryView;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.Reconciler;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.plan.TargetContents;
import io.relais.sync.plan.TargetView;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Listing;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.source.SourceTree;
import io.relais.sync.transfer.ErrorText;
import io.relais.sync.transfer.WorkScheduler;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Scans what a scope names and compares it, directory by directory, many at once: the source with
 * the index, and with the target's listing where the scope asks for it. Changes nothing, unless a
 * locked directory at the target has to be unlocked to be listed.
 */
public final class Scan {
  /**
   * At 30 ms a directory's two or three round trips take 60 to 90 ms: this many at once list 2,800
   * a second. Each holds a handle at the server; OpenSSH's has about a thousand.
   */
  private static final int WIDTH = 256;

  private static final String TOO_MUCH =
      "the target has more that the source does not have than fits into memory, so nothing is"
          + " deleted; find out what fills the target, or give the agent more memory (-Xmx in"
          + " RELAIS_JAVA_OPTS)";

  /** What holds a place where the scan begins. */
  private static final ChildDirectory NOWHERE =
      new ChildDirectory(RelPath.ROOT, null, null, TargetContents.COPY);

  /** More directories read side by side than there are cores would only take memory. */
  private final Semaphore local = new Semaphore(Runtime.getRuntime().availableProcessors() + 1);

  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final SyncRules syncRules;
  private final boolean mayUnlock;
  private final boolean inRound;
  private final Reconciler reconciler;
  private final PlanBuilder plan;
  private final ScanRoots scanRoots;
  private final @Nullable DriftDetector driftDetector;

  /** Where the scan has begun on a disk that can't have every name. */
  private final Set<Alike> begun = new HashSet<>();

  /** By the directory that each is in. */
  private final Multimap<RelPath, Holder> holders = HashMultimap.create();

  private final ImmutableList.Builder<PathProblem> problems = ImmutableList.builder();
  private final ImmutableSet.Builder<RelPath> vanished = ImmutableSet.builder();
  private final ImmutableSet.Builder<LeftOut> leftOut = ImmutableSet.builder();
  private final ImmutableList.Builder<PathProblem> unlisted = ImmutableList.builder();
  private final ExtraneousLimit extraneous = new ExtraneousLimit();

  /** The modes that directories had which were unlocked; added to by the threads that list. */
  private final Map<RelPath, Integer> unlocked = new ConcurrentHashMap<>();

  /** What has got another spelling since {@link CaseRenameReplay} looked; as above. */
  private final Set<RelPath> respelled = ConcurrentHashMap.newKeySet();

  /** The directories of the source that were read, where all are; null elsewhere. */
  private @Nullable Set<RelPath> met;

  /** Written by the thread that scans. */
  private volatile boolean incomplete;

  private boolean tooMuch;

  private boolean sourceEmpty;
  private long listed;
  private WorkScheduler.@Nullable Lane<PendingDirectory, ListedDirectory> looks;

  /** Takes what is found, directory by directory, on the thread that scans. */
  public interface Intake {
    /**
     * Takes what came out of one directory.
     *
     * @param goOn to be told where to look next, then or later
     */
    void take(PendingDirectory at, DirectoryPlan found, Consumer<PendingDirectory> goOn);

    /** Whether nothing more is to be looked at for now. */
    default boolean isFull() {
      return false;
    }

    /** What is at hand was taken. */
    default void release() {}
  }

  /**
   * A directory to look into.
   *
   * @param listed whether the target is to be listed; else the index is trusted
   * @param shallow whether of what it holds only new directories are to be gone into
   * @param open whether what it holds may be changed at once (see {@link
   *     io.relais.sync.plan.SafeStepSplit})
   */
  public record PendingDirectory(
      ChildDirectory descent, boolean listed, boolean shallow, boolean open) {
    /** The same for a directory in it. */
    public PendingDirectory into(ChildDirectory below, boolean isOpen) {
      return new PendingDirectory(below, listed, shallow, isOpen);
    }
  }

  /**
   * Prepares a scan.
   *
   * @param inRound whether this is a part of a round, and not of a comparison alone
   * @param plan gets what was found, or what the intake leaves of it
   * @param driftDetector sifts what somebody else has changed at the target; null where that is a
   *     difference like all others
   */
  public Scan(
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      SyncRules syncRules,
      boolean mayUnlock,
      boolean inRound,
      PlanBuilder plan,
      @Nullable DriftDetector driftDetector) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.syncRules = syncRules;
    this.mayUnlock = mayUnlock;
    this.inRound = inRound;
    this.reconciler = new Reconciler(syncRules);
    this.plan = plan;
    this.scanRoots = new ScanRoots(source, target, index, syncRules);
    this.driftDetector = driftDetector;
  }

  /** Names of one directory that are one at the target. */
  private record Alike(RelPath directory, String folded) {}

  /** Looks at everything that the scope names, and gathers it. */
  public ScanResult run(ScanScope scanScope, BooleanSupplier stopping) throws IOException {
    return run(
        scanScope,
        new WorkScheduler(stopping),
        (at, found, goOn) -> {
          plan.add(found);
          found.descents().forEach(childDirectory -> goOn.accept(at.into(childDirectory, false)));
        });
  }

  /**
   * Looks at everything that the scope names.
   *
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost
   * @throws io.relais.sync.transfer.StoppedException if the scheduler is told to stop
   */
  public ScanResult run(ScanScope scanScope, WorkScheduler workScheduler, Intake intake)
      throws IOException {
    met = scanScope.isCompared() ? ConcurrentHashMap.newKeySet() : null;
    looks =
        workScheduler.lane(
            "scan",
            () -> WIDTH,
            _ -> 1,
            intake::isFull,
            this::compare,
            listedDirectory -> take(listedDirectory, intake));
    for (ScanRoots.Start start : scanRoots.of(scanScope)) {
      begin(start, intake);
    }
    workScheduler.run(intake::release);
    vanished.addAll(respelled);
    return new ScanResult(
        plan,
        sourceEmpty,
        listed,
        problems.build(),
        unlisted.build(),
        incomplete,
        vanished.build(),
        leftOut.build(),
        met == null ? Set.of() : met,
        ImmutableMap.copyOf(unlocked));
  }

  private void begin(ScanRoots.Start start, Intake intake) throws IOException {
    RelPath path = start.path();
    SourceEntry entry;
    try {
      entry = source.stat(path);
    } catch (FileSystemException e) {
      problems.add(new PathProblem(path, ErrorText.ofSource(e)));
      return;
    }
    IndexEntry indexEntry = index.get(path);
    TargetView view;
    try {
      view = start.listed() ? new TargetView.Listed(target.stat(path)) : new TargetView.Trusted();
    } catch (TargetException e) {
      unlisted.add(new PathProblem(path, ErrorText.ofLook(e, path, target.place())));
      return;
    }
    boolean shallow = start.shallow() && !KnownDirectories.isOther(entry, indexEntry);
    DirectoryPlan looked =
        path.isRoot() || syncRules.disk().keepsAllNames()
            ? reconciler.entry(path, entry, indexEntry, view)
            : amongOthers(start);
    if (looked == null) {
      return;
    }
    DirectoryPlan found = sifted(path.isRoot() ? path : path.parent(), looked);
    intake.take(
        new PendingDirectory(NOWHERE, start.listed(), shallow, scanRoots.isOpen(path)),
        found,
        this::lookInto);
    if (!path.isRoot() && scanRoots.isFirstHeldBy(path.parent())) {
      beginHolder(path.parent());
    }
  }

  /**
   * Compares one path, and all that would be one with it on a disk that can't have every name.
   *
   * @return null where that can't be looked at, which is noted, or was already
   */
  private @Nullable DirectoryPlan amongOthers(ScanRoots.Start start) throws IOException {
    RelPath parent = start.path().parent();
    if (!begun.add(new Alike(parent, syncRules.disk().fold(start.path().name())))) {
      return null;
    }
    Predicate<String> alike = name -> syncRules.disk().isOne(name, start.path().name());
    try {
      Map<String, TargetEntry> there = null;
      if (start.listed()) {
        there = Maps.filterKeys(target.list(parent), alike::test);
      }
      return reconciled(
          new DirectoryView(
              parent,
              TargetContents.COPY,
              Maps.filterKeys(source.list(parent), alike::test),
              Maps.filterKeys(index.children(parent), alike::test),
              there));
    } catch (TargetException e) {
      unlisted.add(new PathProblem(parent, ErrorText.ofLook(e, parent, target.place())));
    } catch (NoSuchFileException | NotDirectoryException e) {
      vanished.add(parent);
    } catch (FileSystemException e) {
      problems.add(new PathProblem(parent, ErrorText.ofSource(e)));
    }
    return null;
  }

  /** What holds the path has a new time by now, if something in it was made, moved or removed. */
  private void beginHolder(RelPath holder) throws IOException {
    SourceEntry entry;
    try {
      entry = source.stat(holder);
    } catch (FileSystemException e) {
      problems.add(new PathProblem(holder, ErrorText.ofSource(e)));
      return;
    }
    DirectoryPlan found =
        reconciler.entry(holder, entry, index.get(holder), new TargetView.Trusted());
    plan.add(found.withoutDescents());
    if (!holder.isRoot()) {
      holders.put(holder.parent(), new Holder(holder, found.below(holder)));
    }
  }

  /**
   * A directory that holds a place where the scan begins.
   *
   * @param below how it was to be gone into when it was looked at for that
   */
  private record Holder(RelPath path, @Nullable TargetContents below) {}

  /**
   * A holder is looked at once more where what it is in is listed, and the source may have changed
   * in between. The later look counts, unless the two disagree about what is to be gone into: then
   * what was found below belongs to only one of them. So it is left out of this plan, and looked at
   * again.
   */
  private void lookAgainAtHolders(RelPath directory, DirectoryPlan found) {
    for (Holder holder : holders.get(directory)) {
      plan.replace(holder.path());
      if (found.below(holder.path()) != holder.below()) {
        plan.retract(holder.path());
        vanished.add(holder.path());
      }
    }
  }

  private void lookInto(PendingDirectory pendingDirectory) {
    requireNonNull(looks).addFirst(pendingDirectory);
  }

  private boolean isNewDirectory(ChildDirectory childDirectory) {
    return childDirectory.below() != TargetContents.COPY
        || KnownDirectories.isOther(childDirectory.source(), index.get(childDirectory.path()));
  }

  /**
   * What came out of one directory.
   *
   * @param plan null where it was not compared
   * @param there its listing at the target; null if there was none. To be closed once it was taken.
   * @param problem why it can't be read here
   * @param unlisted why it can't be listed there
   * @param isGone whether it was there no more, here or there
   */
  private record ListedDirectory(
      PendingDirectory at,
      @Nullable DirectoryPlan plan,
      boolean empty,
      @Nullable Listing there,
      @Nullable PathProblem problem,
      @Nullable PathProblem unlisted,
      boolean isGone) {
    static ListedDirectory compared(
        PendingDirectory at, DirectoryPlan plan, boolean empty, @Nullable Listing there) {
      return new ListedDirectory(at, plan, empty, there, null, null, false);
    }

    static ListedDirectory problem(PendingDirectory at, String message) {
      PathProblem problem = new PathProblem(at.descent().path(), message);
      return new ListedDirectory(at, null, false, null, problem, null, false);
    }

    static ListedDirectory unlisted(PendingDirectory at, String message) {
      PathProblem problem = new PathProblem(at.descent().path(), message);
      return new ListedDirectory(at, null, false, null, null, problem, false);
    }

    static ListedDirectory gone(PendingDirectory at) {
      return new ListedDirectory(at, null, false, null, null, null, true);
    }

    /** Not looked into: nothing of it is to be done. */
    static ListedDirectory skipped(PendingDirectory at) {
      return new ListedDirectory(at, null, false, null, null, null, false);
    }
  }

  private void take(ListedDirectory listedDirectory, Intake intake) {
    try (Listing there = listedDirectory.there()) {
      listed += there == null ? 0 : there.entries().size();
      takeClosing(listedDirectory, intake);
    }
  }

  private void takeClosing(ListedDirectory listedDirectory, Intake intake) {
    RelPath path = listedDirectory.at().descent().path();
    if (listedDirectory.problem() != null) {
      problems.add(listedDirectory.problem());
    }
    PathProblem refused = listedDirectory.unlisted();
    if (refused != null && extraneous.take(refused)) {
      unlisted.add(refused);
    } else if (refused != null) {
      noteTooMuch();
    }
    if (listedDirectory.isGone()) {
      vanished.add(path);
    }
    if (listedDirectory.plan() == null) {
      if (!listedDirectory.isGone()
          && listedDirectory.at().descent().below() == TargetContents.IN_THE_WAY) {
        // What is moved aside goes with all it holds, and some of that may have to stay.
        incomplete = true;
      }
      return;
    }
    if (path.isRoot()) {
      sourceEmpty = listedDirectory.empty();
    }
    leftOut.addAll(listedDirectory.plan().leftOut());
    DirectoryPlan others = sifted(path, scanRoots.without(path, listedDirectory.plan()));
    lookAgainAtHolders(path, others);
    intake.take(
        listedDirectory.at(),
        limited(others),
        pendingDirectory -> {
          if (!pendingDirectory.shallow() || isNewDirectory(pendingDirectory.descent())) {
            lookInto(pendingDirectory);
          }
        });
  }

  private DirectoryPlan sifted(RelPath holder, DirectoryPlan found) {
    return driftDetector == null ? found : driftDetector.sift(holder, found);
  }

  private DirectoryPlan limited(DirectoryPlan found) {
    if (extraneous.take(found)) {
      return found;
    }
    noteTooMuch();
    return found.withoutExtraneous();
  }

  /** The root has the problem: only if all is listed again it can be said to be over. */
  private void noteTooMuch() {
    if (!tooMuch) {
      tooMuch = true;
      incomplete = true;
      unlisted.add(new PathProblem(RelPath.ROOT, TOO_MUCH));
    }
  }

  private ListedDirectory compare(PendingDirectory pendingDirectory) throws IOException {
    ChildDirectory childDirectory = pendingDirectory.descent();
    if (incomplete
        && childDirectory.below() == TargetContents.EXTRANEOUS) { // Nothing is deleted then.
      return ListedDirectory.skipped(pendingDirectory);
    }
    @Nullable Listing listing = null;
    boolean found = false;
    try {
      listing =
          childDirectory.below() != TargetContents.NOTHING
                  && (pendingDirectory.listed()
                      || childDirectory.below() == TargetContents.IN_THE_WAY)
              ? listTarget(childDirectory)
              : null;
      local.acquireUninterruptibly();
      try {
        ListedDirectory compared = compare(pendingDirectory, listing);
        found = true;
        return compared;
      } finally {
        local.release();
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return ListedDirectory.gone(pendingDirectory);
    } catch (TargetException e) {
      // Also if it is not there: what holds it is to be listed then, and not at once again and
      // again.
      return ListedDirectory.unlisted(pendingDirectory, why(e, childDirectory));
    } catch (FileSystemException e) {
      return ListedDirectory.problem(pendingDirectory, ErrorText.ofSource(e));
    } finally {
      if (listing != null && !found) {
        listing.close();
      }
    }
  }

  private String why(TargetException refusal, ChildDirectory childDirectory) {
    TargetEntry there = childDirectory.target();
    SourceEntry wanted = childDirectory.source();
    if (refusal.reason() != Reason.PERMISSION_DENIED
        || !childDirectory.isLocked()
        || there == null
        || wanted == null
        || there.mode() != wanted.asTarget().mode()) {
      return ErrorText.ofLook(refusal, childDirectory.path(), target.place());
    }
    return "%s: its mode (%03o, as at the source) keeps the mirror's account from listing it, so what it holds was not compared; the agent and 'verify' do that"
        .formatted(target.place().shown(childDirectory.path()), there.mode());
  }

  private ListedDirectory compare(PendingDirectory pendingDirectory, @Nullable Listing listing)
      throws IOException {
    ChildDirectory childDirectory = pendingDirectory.descent();
    RelPath path = childDirectory.path();
    Map<String, SourceEntry> here = childDirectory.source() == null ? Map.of() : source.list(path);
    if (met != null && childDirectory.source() != null) {
      met.add(path);
    }
    Map<String, IndexEntry> known =
        childDirectory.below() == TargetContents.NOTHING ? Map.of() : index.children(path);
    Map<String, TargetEntry> there = listing == null ? null : listing.entries();
    DirectoryView view = new DirectoryView(path, childDirectory.below(), here, known, there);
    return ListedDirectory.compared(
        pendingDirectory, reconciled(view), path.isRoot() && isEmpty(here), listing);
  }

  /** In a round, what has got another spelling by now is left to the next: it is renamed there. */
  private DirectoryPlan reconciled(DirectoryView view) {
    DirectoryPlan found = reconciler.directory(view);
    Map<String, String> names = inRound ? reconciler.respelled(view) : Map.of();
    if (names.isEmpty()) {
      return found;
    }
    Set<RelPath> left = new HashSet<>();
    names.forEach(
        (old, now) -> {
          respelled.add(view.path().child(old));
          left.add(view.path().child(old));
          left.add(view.path().child(now));
        });
    return found.withoutDrift().without(left);
  }

  private boolean isEmpty(Map<String, SourceEntry> root) {
    return root.entrySet().stream()
        .noneMatch(
            each ->
                syncRules
                    .exclusion()
                    .mirrors(RelPath.ROOT.child(each.getKey()), each.getValue().kind()));
  }

  private Listing listTarget(ChildDirectory childDirectory) throws IOException {
    boolean unlocks =
        mayUnlock && (driftDetector == null || !driftDetector.isLeft(childDirectory.path()));
    if (childDirectory.isLocked() && unlocks && childDirectory.target() != null) {
      target.make(
          new RemoteChange.SetMode(
              childDirectory.path(), childDirectory.target().mode() | TargetEntry.UNLOCKED));
      unlocked.put(childDirectory.path(), childDirectory.target().mode());
    }
    return target.listing(childDirectory.path());
  }
}
