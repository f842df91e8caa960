package io.relais.sync.engine;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import com.google.common.collect.Multimap;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Below;
import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.Descent;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.DirectoryView;
import io.relais.sync.plan.LeftOut;
import io.relais.sync.plan.PathProblem;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.Reconciler;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Rules;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.TargetEntry;
import io.relais.sync.plan.TargetView;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.SyncTarget.Listing;
import io.relais.sync.target.TargetException;
import io.relais.sync.target.TargetException.Reason;
import io.relais.sync.transfer.Disk;
import io.relais.sync.transfer.Refusal;
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
final class Survey {
  /**
   * At 30 ms a directory's two or three round trips take 60 to 90 ms: this many at once list 2,800
   * a second. Each holds a handle at the server, of which OpenSSH's has about a thousand.
   */
  private static final int WIDTH = 256;

  private static final String TOO_MUCH =
      "the target has more that the source does not have than fits into memory, so nothing is"
          + " deleted; find out what fills the target, or give the agent more memory (-Xmx in"
          + " RELAIS_JAVA_OPTS)";

  /** What holds a place where the survey begins. */
  private static final Descent NOWHERE = new Descent(RelPath.ROOT, null, null, Below.COPY);

  /** More directories read side by side than there are cores would only take memory. */
  private final Semaphore local = new Semaphore(Runtime.getRuntime().availableProcessors() + 1);

  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final Rules rules;
  private final boolean mayUnlock;
  private final boolean inRound;
  private final Reconciler reconciler;
  private final PlanBuilder plan;
  private final Beginnings beginnings;
  private final @Nullable Drifts drifts;

  /** Where the survey has begun on a disk that can't have every name. */
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

  /** What has got another spelling since {@link SpellingPass} looked; as above. */
  private final Set<RelPath> respelled = ConcurrentHashMap.newKeySet();

  /** The directories of the source that were read, where all are; null elsewhere. */
  private @Nullable Set<RelPath> met;

  /** Written by the thread that surveys. */
  private volatile boolean incomplete;

  private boolean tooMuch;

  private boolean sourceEmpty;
  private long listed;
  private Frontier.@Nullable Lane<Look, Found> looks;

  /** Takes what is found, directory by directory, on the thread that surveys. */
  interface Intake {
    /**
     * Takes what came out of one directory.
     *
     * @param goOn to be told where to look next, then or later
     */
    void take(Look at, DirectoryPlan found, Consumer<Look> goOn);

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
   *     io.relais.sync.plan.Division})
   */
  record Look(Descent descent, boolean listed, boolean shallow, boolean open) {
    /** The same for a directory in it. */
    Look into(Descent below, boolean isOpen) {
      return new Look(below, listed, shallow, isOpen);
    }
  }

  /**
   * Prepares a survey.
   *
   * @param inRound whether this is a part of a round, and not of a comparison alone
   * @param plan gets what was found, or what the intake leaves of it
   * @param drifts sifts what somebody else has changed at the target; null where that is a
   *     difference like all others
   */
  Survey(
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      Rules rules,
      boolean mayUnlock,
      boolean inRound,
      PlanBuilder plan,
      @Nullable Drifts drifts) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.rules = rules;
    this.mayUnlock = mayUnlock;
    this.inRound = inRound;
    this.reconciler = new Reconciler(rules);
    this.plan = plan;
    this.beginnings = new Beginnings(source, target, index, rules);
    this.drifts = drifts;
  }

  /** Names of one directory that are one at the target. */
  private record Alike(RelPath directory, String folded) {}

  /** Looks at everything that the scope names, and gathers it. */
  Surveyed run(Scope scope, BooleanSupplier stopping) throws IOException {
    return run(
        scope,
        new Frontier(stopping),
        (at, found, goOn) -> {
          plan.add(found);
          found.descents().forEach(descent -> goOn.accept(at.into(descent, false)));
        });
  }

  /**
   * Looks at everything that the scope names.
   *
   * @throws io.relais.sync.target.TargetUnavailableException if the connection is lost
   * @throws io.relais.sync.transfer.StoppedException if the frontier is told to stop
   */
  Surveyed run(Scope scope, Frontier frontier, Intake intake) throws IOException {
    met = scope.isCompared() ? ConcurrentHashMap.newKeySet() : null;
    looks =
        frontier.lane(
            "survey",
            () -> WIDTH,
            _ -> 1,
            intake::isFull,
            this::compare,
            found -> take(found, intake));
    for (Beginnings.Start start : beginnings.of(scope)) {
      begin(start, intake);
    }
    frontier.run(intake::release);
    vanished.addAll(respelled);
    return new Surveyed(
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

  private void begin(Beginnings.Start start, Intake intake) throws IOException {
    RelPath path = start.path();
    SourceEntry entry;
    try {
      entry = source.stat(path);
    } catch (FileSystemException e) {
      problems.add(new PathProblem(path, Disk.explain(e)));
      return;
    }
    Confirmed confirmed = index.get(path);
    TargetView view;
    try {
      view = start.listed() ? new TargetView.Listed(target.stat(path)) : new TargetView.Trusted();
    } catch (TargetException e) {
      unlisted.add(new PathProblem(path, Refusal.explainLook(e, path, target.place())));
      return;
    }
    boolean shallow = start.shallow() && !Beginnings.isOther(entry, confirmed);
    DirectoryPlan looked =
        path.isRoot() || rules.disk().keepsAllNames()
            ? reconciler.entry(path, entry, confirmed, view)
            : amongOthers(start);
    if (looked == null) {
      return;
    }
    DirectoryPlan found = sifted(path.isRoot() ? path : path.parent(), looked);
    intake.take(
        new Look(NOWHERE, start.listed(), shallow, beginnings.isOpen(path)), found, this::lookInto);
    if (!path.isRoot() && beginnings.isFirstHeldBy(path.parent())) {
      beginHolder(path.parent());
    }
  }

  /**
   * Compares one path, and all that would be one with it on a disk that can't have every name.
   *
   * @return null where that can't be looked at, which is noted, or was already
   */
  private @Nullable DirectoryPlan amongOthers(Beginnings.Start start) throws IOException {
    RelPath parent = start.path().parent();
    if (!begun.add(new Alike(parent, rules.disk().fold(start.path().name())))) {
      return null;
    }
    Predicate<String> alike = name -> rules.disk().isOne(name, start.path().name());
    try {
      Map<String, TargetEntry> there = null;
      if (start.listed()) {
        there = Maps.filterKeys(target.list(parent), alike::test);
      }
      return reconciled(
          new DirectoryView(
              parent,
              Below.COPY,
              Maps.filterKeys(source.list(parent), alike::test),
              Maps.filterKeys(index.children(parent), alike::test),
              there));
    } catch (TargetException e) {
      unlisted.add(new PathProblem(parent, Refusal.explainLook(e, parent, target.place())));
    } catch (NoSuchFileException | NotDirectoryException e) {
      vanished.add(parent);
    } catch (FileSystemException e) {
      problems.add(new PathProblem(parent, Disk.explain(e)));
    }
    return null;
  }

  /** What holds the path has a new time by now, if something in it was made, moved or removed. */
  private void beginHolder(RelPath holder) throws IOException {
    SourceEntry entry;
    try {
      entry = source.stat(holder);
    } catch (FileSystemException e) {
      problems.add(new PathProblem(holder, Disk.explain(e)));
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
   * A directory that holds a place where the survey begins.
   *
   * @param below how it was to be gone into when it was looked at for that
   */
  private record Holder(RelPath path, @Nullable Below below) {}

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

  private void lookInto(Look look) {
    requireNonNull(looks).addFirst(look);
  }

  private boolean isNewDirectory(Descent descent) {
    return descent.below() != Below.COPY
        || Beginnings.isOther(descent.source(), index.get(descent.path()));
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
  private record Found(
      Look at,
      @Nullable DirectoryPlan plan,
      boolean empty,
      @Nullable Listing there,
      @Nullable PathProblem problem,
      @Nullable PathProblem unlisted,
      boolean isGone) {
    static Found compared(Look at, DirectoryPlan plan, boolean empty, @Nullable Listing there) {
      return new Found(at, plan, empty, there, null, null, false);
    }

    static Found problem(Look at, String message) {
      PathProblem problem = new PathProblem(at.descent().path(), message);
      return new Found(at, null, false, null, problem, null, false);
    }

    static Found unlisted(Look at, String message) {
      PathProblem problem = new PathProblem(at.descent().path(), message);
      return new Found(at, null, false, null, null, problem, false);
    }

    static Found gone(Look at) {
      return new Found(at, null, false, null, null, null, true);
    }

    /** Not looked into: nothing of it is to be done. */
    static Found skipped(Look at) {
      return new Found(at, null, false, null, null, null, false);
    }
  }

  private void take(Found found, Intake intake) {
    try (Listing there = found.there()) {
      listed += there == null ? 0 : there.entries().size();
      takeClosing(found, intake);
    }
  }

  private void takeClosing(Found found, Intake intake) {
    RelPath path = found.at().descent().path();
    if (found.problem() != null) {
      problems.add(found.problem());
    }
    PathProblem refused = found.unlisted();
    if (refused != null && extraneous.take(refused)) {
      unlisted.add(refused);
    } else if (refused != null) {
      noteTooMuch();
    }
    if (found.isGone()) {
      vanished.add(path);
    }
    if (found.plan() == null) {
      if (!found.isGone() && found.at().descent().below() == Below.IN_THE_WAY) {
        // What is moved aside goes with all it holds, and some of that may have to stay.
        incomplete = true;
      }
      return;
    }
    if (path.isRoot()) {
      sourceEmpty = found.empty();
    }
    leftOut.addAll(found.plan().leftOut());
    DirectoryPlan others = sifted(path, beginnings.without(path, found.plan()));
    lookAgainAtHolders(path, others);
    intake.take(
        found.at(),
        limited(others),
        look -> {
          if (!look.shallow() || isNewDirectory(look.descent())) {
            lookInto(look);
          }
        });
  }

  private DirectoryPlan sifted(RelPath holder, DirectoryPlan found) {
    return drifts == null ? found : drifts.sift(holder, found);
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

  private Found compare(Look look) throws IOException {
    Descent descent = look.descent();
    if (incomplete && descent.below() == Below.EXTRANEOUS) { // Nothing is deleted then.
      return Found.skipped(look);
    }
    @Nullable Listing listing = null;
    boolean found = false;
    try {
      listing =
          descent.below() != Below.NOTHING && (look.listed() || descent.below() == Below.IN_THE_WAY)
              ? listTarget(descent)
              : null;
      local.acquireUninterruptibly();
      try {
        Found compared = compare(look, listing);
        found = true;
        return compared;
      } finally {
        local.release();
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Found.gone(look);
    } catch (TargetException e) {
      // Also if it is not there: what holds it is to be listed then, and not at once again and
      // again.
      return Found.unlisted(look, why(e, descent));
    } catch (FileSystemException e) {
      return Found.problem(look, Disk.explain(e));
    } finally {
      if (listing != null && !found) {
        listing.close();
      }
    }
  }

  private String why(TargetException refusal, Descent descent) {
    TargetEntry there = descent.target();
    SourceEntry wanted = descent.source();
    if (refusal.reason() != Reason.PERMISSION_DENIED
        || !descent.isLocked()
        || there == null
        || wanted == null
        || there.mode() != wanted.asTarget().mode()) {
      return Refusal.explainLook(refusal, descent.path(), target.place());
    }
    return "%s: its mode (%03o, as at the source) keeps the mirror's account from listing it, so what it holds was not compared; the agent and 'verify' do that"
        .formatted(target.place().shown(descent.path()), there.mode());
  }

  private Found compare(Look look, @Nullable Listing listing) throws IOException {
    Descent descent = look.descent();
    RelPath path = descent.path();
    Map<String, SourceEntry> here = descent.source() == null ? Map.of() : source.list(path);
    if (met != null && descent.source() != null) {
      met.add(path);
    }
    Map<String, Confirmed> known =
        descent.below() == Below.NOTHING ? Map.of() : index.children(path);
    Map<String, TargetEntry> there = listing == null ? null : listing.entries();
    DirectoryView view = new DirectoryView(path, descent.below(), here, known, there);
    return Found.compared(look, reconciled(view), path.isRoot() && isEmpty(here), listing);
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
                rules
                    .exclusion()
                    .mirrors(RelPath.ROOT.child(each.getKey()), each.getValue().kind()));
  }

  private Listing listTarget(Descent descent) throws IOException {
    boolean unlocks = mayUnlock && (drifts == null || !drifts.isLeft(descent.path()));
    if (descent.isLocked() && unlocks && descent.target() != null) {
      target.setMode(descent.path(), descent.target().mode() | TargetEntry.UNLOCKED);
      unlocked.put(descent.path(), descent.target().mode());
    }
    return target.listing(descent.path());
  }
}
