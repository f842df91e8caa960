package io.relais.sync.plan;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.LeftOut;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.DirectoryPlan.DeviceChange;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares directory by directory, within the rules: a mirror is reconciled by {@link #entry} for
 * where to begin, then {@link #directory} for each {@link ChildDirectory} that comes out.
 */
public final class Reconciler {
  private final SyncRules syncRules;
  private final Differ differ;

  public Reconciler(SyncRules syncRules) {
    this.syncRules = syncRules;
    this.differ = new Differ(syncRules);
  }

  /** Compares one path alone: the root, or where a hint has pointed. */
  public DirectoryPlan entry(
      RelPath path,
      @Nullable SourceEntry source,
      @Nullable IndexEntry indexEntry,
      TargetView view) {
    DirectoryPlan.Builder plan = new DirectoryPlan.Builder();
    reconcile(plan, TargetContents.COPY, path, source, indexEntry, view);
    return plan.build();
  }

  /** Compares what one directory holds, but not the directory itself. */
  public DirectoryPlan directory(DirectoryView view) {
    TreeSet<String> names = new TreeSet<>(view.source().keySet());
    names.addAll(view.confirmed().keySet());
    if (view.listed() != null) {
      names.addAll(view.listed().keySet());
    }
    DirectoryPlan.Builder plan = new DirectoryPlan.Builder();
    if (!syncRules.disk().keepsAllNames()) {
      chosen(plan, view, names);
      return plan.build();
    }
    for (String name : names) {
      reconcile(
          plan,
          view.below(),
          view.path().child(name),
          view.source().get(name),
          view.confirmed().get(name),
          view.target(name));
    }
    return plan.build();
  }

  /**
   * What the index remembers in one directory under a name that the source wants no more, though it
   * is, there, one that it wants by now and that the index does not have: new names by old ones. A
   * file has to be the same one: another is sent, and replaces it.
   */
  public Map<String, String> respelled(DirectoryView view) {
    if (!syncRules.disk().foldsCase()) {
      return Map.of();
    }
    Map<String, String> found = new TreeMap<>();
    NameConflictResolver choice = choice(view);
    view.confirmed()
        .forEach(
            (name, indexEntry) -> {
              String now = choice.kept(name);
              boolean wanted = isMirrored(view.path().child(name), view.source().get(name));
              if (now != null
                  && !wanted
                  && !view.confirmed().containsKey(now)
                  && isOne(indexEntry.source(), view.source().get(now))) {
                found.put(name, now);
              }
            });
    return found;
  }

  private static boolean isOne(SourceEntry before, @Nullable SourceEntry now) {
    return now != null
        && now.kind() == before.kind()
        && (now.kind() == EntryKind.DIRECTORY || now.inode() == before.inode());
  }

  private NameConflictResolver choice(DirectoryView view) {
    return new NameConflictResolver(
        view,
        syncRules.disk(),
        name -> isMirrored(view.path().child(name), view.source().get(name)));
  }

  /** Compares what the disk can have of what one directory holds. */
  private void chosen(DirectoryPlan.Builder plan, DirectoryView view, Iterable<String> names) {
    NameConflictResolver choice = choice(view);
    for (String name : names) {
      RelPath path = view.path().child(name);
      SourceEntry source = view.source().get(name);
      IndexEntry indexEntry = view.confirmed().get(name);
      boolean wanted = isMirrored(path, source);
      String objection = wanted ? choice.objection(name) : null;
      if (objection != null) {
        plan.problems.add(new PathProblem(path, objection));
      }
      if (objection == null && (wanted || !choice.isAnother(name))) {
        reconcile(plan, view.below(), path, source, indexEntry, choice.target(name));
      } else if (indexEntry != null) {
        plan.forgotten.add(path);
      }
    }
  }

  private void reconcile(
      DirectoryPlan.Builder plan,
      TargetContents within,
      RelPath path,
      @Nullable SourceEntry source,
      @Nullable IndexEntry indexEntry,
      TargetView view) {
    TargetEntry there = view.entry(indexEntry);
    if (TemporaryNames.isTemporary(path.name())) {
      if (there != null) {
        plan.leftovers.add(path);
      }
      return;
    }
    SourceEntry wanted = isMirrored(path, source) ? source : null;
    if (source != null && source.kind() == EntryKind.OTHER && !isExcluded(path, source.kind())) {
      plan.leftOut.add(new LeftOut(path, LeftOut.Why.SPECIAL));
    }
    if (there != null && isExcluded(path, there.kind())) {
      excluded(plan, path, wanted, indexEntry);
      return;
    }
    Difference difference = differ.compare(path, wanted, indexEntry, view);
    add(plan, path, difference);
    Drift drift = drift(within, path, wanted, indexEntry, view, difference);
    if (drift != null) {
      plan.drifted.add(drift);
    }
    if (difference.below() != null) {
      TargetContents targetContents =
          within == TargetContents.IN_THE_WAY ? within : difference.below();
      plan.descents.add(new ChildDirectory(path, directory(wanted), there, targetContents));
    }
    if (indexEntry != null && indexEntry.source().kind() == EntryKind.DIRECTORY) {
      compareDevice(plan, path, directory(wanted), indexEntry.source());
    }
  }

  /** Of what somebody added, only the uppermost entry is reported. */
  private @Nullable Drift drift(
      TargetContents within,
      RelPath path,
      @Nullable SourceEntry wanted,
      @Nullable IndexEntry indexEntry,
      TargetView view,
      Difference difference) {
    if (wanted != null && indexEntry != null && difference.drifted()) {
      return Drift.of(path, wanted, indexEntry, view.entry(indexEntry), syncRules.disk());
    }
    boolean added =
        wanted == null
            && indexEntry == null
            && within == TargetContents.COPY
            && difference.steps().stream().anyMatch(Step.Delete.class::isInstance);
    return added ? new Drift(path, Drift.What.ADDED) : null;
  }

  private boolean isExcluded(RelPath path, EntryKind entryKind) {
    return !path.isRoot() && syncRules.exclusion().excludes(path, entryKind == EntryKind.DIRECTORY);
  }

  private boolean isMirrored(RelPath path, @Nullable SourceEntry source) {
    return source != null && source.kind() != EntryKind.OTHER && !isExcluded(path, source.kind());
  }

  private static @Nullable SourceEntry directory(@Nullable SourceEntry wanted) {
    return wanted != null && wanted.kind() == EntryKind.DIRECTORY ? wanted : null;
  }

  /** What is excluded stays as it is, and the index has no business with it. */
  private static void excluded(
      DirectoryPlan.Builder plan,
      RelPath path,
      @Nullable SourceEntry wanted,
      @Nullable IndexEntry indexEntry) {
    plan.kept.add(path);
    plan.leftOut.add(new LeftOut(path, LeftOut.Why.EXCLUDED));
    if (indexEntry != null) {
      plan.forgotten.add(path);
    }
    if (wanted != null) {
      plan.problems.add(new PathProblem(path, "something excluded is in its place at the target"));
    }
  }

  private static void add(DirectoryPlan.Builder plan, RelPath path, Difference difference) {
    plan.steps.addAll(difference.steps());
    if (difference.kept()) {
      plan.kept.add(path);
    }
    if (difference.forget()) {
      plan.forgotten.add(path);
    }
    if (difference.problem() != null) {
      plan.problems.add(new PathProblem(path, difference.problem()));
    }
  }

  /**
   * A mount point may go with its mount. That the root is another directory is the guard's own
   * business.
   */
  private static void compareDevice(
      DirectoryPlan.Builder plan, RelPath path, @Nullable SourceEntry now, SourceEntry before) {
    boolean unmounted =
        before.mountRoot()
            && !path.isRoot()
            && (now == null || !now.mountRoot() || now.inode() != before.inode());
    if (unmounted || (now != null && now.device() != before.device())) {
      plan.moved.add(
          new DeviceChange(
              path, before.device(), now == null ? before.device() : now.device(), unmounted));
    }
  }
}
