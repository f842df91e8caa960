package io.relais.sync.plan;

import io.relais.sync.plan.DirectoryPlan.DeviceChange;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares directory by directory, within the rules: a mirror is reconciled by {@link #entry} for
 * where to begin, then {@link #directory} for each {@link Descent} that comes out.
 */
public final class Reconciler {
  private final Rules rules;
  private final Differ differ;

  public Reconciler(Rules rules) {
    this.rules = rules;
    this.differ = new Differ(rules);
  }

  /** Compares one path alone: the root, or where a hint has pointed. */
  public DirectoryPlan entry(
      RelPath path, @Nullable SourceEntry source, @Nullable Confirmed confirmed, TargetView view) {
    DirectoryPlan.Builder plan = new DirectoryPlan.Builder();
    reconcile(plan, Below.COPY, path, source, confirmed, view);
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
    if (!rules.disk().keepsAllNames()) {
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
    if (!rules.disk().foldsCase()) {
      return Map.of();
    }
    Map<String, String> found = new TreeMap<>();
    NameChoice choice = choice(view);
    view.confirmed()
        .forEach(
            (name, confirmed) -> {
              String now = choice.kept(name);
              boolean wanted = isMirrored(view.path().child(name), view.source().get(name));
              if (now != null
                  && !wanted
                  && !view.confirmed().containsKey(now)
                  && isOne(confirmed.source(), view.source().get(now))) {
                found.put(name, now);
              }
            });
    return found;
  }

  private static boolean isOne(SourceEntry before, @Nullable SourceEntry now) {
    return now != null
        && now.kind() == before.kind()
        && (now.kind() == Kind.DIRECTORY || now.inode() == before.inode());
  }

  private NameChoice choice(DirectoryView view) {
    return new NameChoice(
        view, rules.disk(), name -> isMirrored(view.path().child(name), view.source().get(name)));
  }

  /** Compares what the disk can have of what one directory holds. */
  private void chosen(DirectoryPlan.Builder plan, DirectoryView view, Iterable<String> names) {
    NameChoice choice = choice(view);
    for (String name : names) {
      RelPath path = view.path().child(name);
      SourceEntry source = view.source().get(name);
      Confirmed confirmed = view.confirmed().get(name);
      boolean wanted = isMirrored(path, source);
      String objection = wanted ? choice.objection(name) : null;
      if (objection != null) {
        plan.problems.add(new PathProblem(path, objection));
      }
      if (objection == null && (wanted || !choice.isAnother(name))) {
        reconcile(plan, view.below(), path, source, confirmed, choice.target(name));
      } else if (confirmed != null) {
        plan.forgotten.add(path);
      }
    }
  }

  private void reconcile(
      DirectoryPlan.Builder plan,
      Below within,
      RelPath path,
      @Nullable SourceEntry source,
      @Nullable Confirmed confirmed,
      TargetView view) {
    TargetEntry there = view.entry(confirmed);
    if (TemporaryNames.isTemporary(path.name())) {
      if (there != null) {
        plan.leftovers.add(path);
      }
      return;
    }
    SourceEntry wanted = isMirrored(path, source) ? source : null;
    if (source != null && source.kind() == Kind.OTHER && !isExcluded(path, source.kind())) {
      plan.leftOut.add(new LeftOut(path, LeftOut.Why.SPECIAL));
    }
    if (there != null && isExcluded(path, there.kind())) {
      excluded(plan, path, wanted, confirmed);
      return;
    }
    Difference difference = differ.compare(path, wanted, confirmed, view);
    add(plan, path, difference);
    Drift drift = drift(within, path, wanted, confirmed, view, difference);
    if (drift != null) {
      plan.drifted.add(drift);
    }
    if (difference.below() != null) {
      Below below = within == Below.IN_THE_WAY ? within : difference.below();
      plan.descents.add(new Descent(path, directory(wanted), there, below));
    }
    if (confirmed != null && confirmed.source().kind() == Kind.DIRECTORY) {
      compareDevice(plan, path, directory(wanted), confirmed.source());
    }
  }

  /** Below what somebody added it is that alone which is told. */
  private @Nullable Drift drift(
      Below within,
      RelPath path,
      @Nullable SourceEntry wanted,
      @Nullable Confirmed confirmed,
      TargetView view,
      Difference difference) {
    if (wanted != null && confirmed != null && difference.drifted()) {
      return Drift.of(path, wanted, confirmed, view.entry(confirmed), rules.disk());
    }
    boolean added =
        wanted == null
            && confirmed == null
            && within == Below.COPY
            && difference.steps().stream().anyMatch(Step.Delete.class::isInstance);
    return added ? new Drift(path, Drift.What.ADDED) : null;
  }

  private boolean isExcluded(RelPath path, Kind kind) {
    return !path.isRoot() && rules.exclusion().excludes(path, kind == Kind.DIRECTORY);
  }

  private boolean isMirrored(RelPath path, @Nullable SourceEntry source) {
    return source != null && source.kind() != Kind.OTHER && !isExcluded(path, source.kind());
  }

  private static @Nullable SourceEntry directory(@Nullable SourceEntry wanted) {
    return wanted != null && wanted.kind() == Kind.DIRECTORY ? wanted : null;
  }

  /** What is excluded stays as it is, and the index has no business with it. */
  private static void excluded(
      DirectoryPlan.Builder plan,
      RelPath path,
      @Nullable SourceEntry wanted,
      @Nullable Confirmed confirmed) {
    plan.kept.add(path);
    plan.leftOut.add(new LeftOut(path, LeftOut.Why.EXCLUDED));
    if (confirmed != null) {
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
