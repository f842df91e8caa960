package io.relais.sync.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.Entries;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.MapMemory;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.RandomTrees;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.entry.Trees;
import io.relais.sync.entry.Trees.Local;
import io.relais.sync.entry.Trees.Remote;
import io.relais.sync.path.FakeTarget;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Plans and runs as the engine does, in memory, and checks every promise on the way. */
final class FakeMirror {
  final NavigableMap<RelPath, Local> source;
  final FakeTarget target;
  final MapMemory index = new MapMemory();
  private final SyncRules syncRules;
  private final Reconciler reconciler;

  /** Whether it does at once, while it still looks, what can be done at once. */
  boolean streams;

  /** Whether the index knows of all that is at the target, but for what has to stay there. */
  private boolean isTrustworthy = true;

  FakeMirror(SyncRules syncRules, NavigableMap<RelPath, Local> source) {
    this.syncRules = syncRules;
    this.source = source;
    this.target = new FakeTarget(syncRules);
    this.reconciler = new Reconciler(syncRules);
  }

  /** The plan of somebody who may change nothing, not even to look. */
  Plan plan(boolean list) {
    return gather(list, false).build();
  }

  private PlanBuilder gather(boolean asked, boolean mayUnlock) {
    boolean list = asked || !isTrustworthy;
    PlanBuilder plan = new PlanBuilder(index::get);
    DirectoryPlan root = root(list);
    Deque<ChildDirectory> left = new ArrayDeque<>(root.descents());
    plan.add(root);
    while (!left.isEmpty()) {
      ChildDirectory childDirectory = left.pop();
      if (mayUnlock) {
        unlock(childDirectory, list, plan);
      }
      DirectoryPlan directory = directory(childDirectory, list);
      plan.add(directory);
      left.addAll(directory.descents());
    }
    return plan;
  }

  DirectoryPlan root(boolean list) {
    return reconciler.entry(
        RelPath.ROOT,
        Objects.requireNonNull(source.get(RelPath.ROOT)).entry(),
        index.get(RelPath.ROOT),
        list ? new TargetView.Listed(remote(RelPath.ROOT)) : new TargetView.Trusted());
  }

  DirectoryPlan directory(ChildDirectory childDirectory, boolean list) {
    return reconciler.directory(view(childDirectory, list));
  }

  /** Unlocks a directory that is to be listed, if it has to be, and notes it. */
  void unlock(ChildDirectory childDirectory, boolean list, PlanBuilder plan) {
    if (childDirectory.isLocked() && mustList(childDirectory, list)) {
      target.tree.computeIfPresent(
          childDirectory.path(), (_, there) -> there.withMode(there.entry().mode() | 0700));
      plan.unlocked(childDirectory.path());
    }
  }

  private static boolean mustList(ChildDirectory childDirectory, boolean list) {
    return list || childDirectory.below() == TargetContents.IN_THE_WAY;
  }

  boolean isTrustworthy() {
    return isTrustworthy;
  }

  private DirectoryView view(ChildDirectory childDirectory, boolean list) {
    Map<String, SourceEntry> local = new HashMap<>();
    if (childDirectory.source() != null) {
      Trees.children(source, childDirectory.path())
          .forEach((name, at) -> local.put(name, at.entry()));
    }
    Map<String, TargetEntry> listed = new HashMap<>();
    Trees.children(target.tree, childDirectory.path())
        .forEach((name, at) -> listed.put(name, at.entry()));
    return new DirectoryView(
        childDirectory.path(),
        childDirectory.below(),
        local,
        index.children(childDirectory.path()),
        mustList(childDirectory, list) ? listed : null);
  }

  private @Nullable TargetEntry remote(RelPath path) {
    Remote there = target.tree.get(path);
    return there == null ? null : there.entry();
  }

  /** Runs a part of a plan, and then what a crash leaves must be wholly old or wholly new. */
  void runStopped(boolean list, Random random) {
    Plan plan = plan(list);
    int steps = plan.steps().size();
    NavigableMap<RelPath, Remote> before = new TreeMap<>(target.tree);
    boolean done = perform(list, steps == 0 ? 0 : random.nextInt(steps + 1));
    assertThat(done || !list).as("a listed plan was done").isTrue();
    Set<RelPath> all = new TreeSet<>(before.keySet());
    all.addAll(target.tree.keySet());
    all.removeIf(FakeMirror::isTemporary);
    for (RelPath path : all) {
      checkOldOrNew(path, before.get(path), target.tree.get(path));
    }
  }

  private void checkOldOrNew(RelPath path, @Nullable Remote before, @Nullable Remote now) {
    Remote wanted = wanted(path);
    if (now == null) {
      boolean swapped =
          before != null
              && wanted != null
              && (isDirectory(before) != isDirectory(wanted) || !wanted.equals(before));
      assertThat(before == null || wanted == null || swapped).as("%s vanished", path).isTrue();
      return;
    }
    if (now.entry().kind() == EntryKind.DIRECTORY) {
      int mode = now.entry().mode();
      assertThat(List.of(modes(before), modes(wanted)))
          .as("mode %o of %s", mode, path)
          .anySatisfy(modes -> assertThat(modes).contains(mode));
      return;
    }
    assertThat(like(now, before) || like(now, wanted))
        .as("%s is neither old nor new", path)
        .isTrue();
  }

  private static boolean isDirectory(Remote there) {
    return there.entry().kind() == EntryKind.DIRECTORY;
  }

  private static Set<Integer> modes(@Nullable Remote there) {
    return there == null || !isDirectory(there)
        ? Set.of()
        : there.entry().mode() == (there.entry().mode() | 0700)
            ? Set.of(there.entry().mode())
            : Set.of(there.entry().mode(), there.entry().mode() | 0700);
  }

  private boolean like(Remote now, @Nullable Remote other) {
    if (other == null || now.entry().kind() != other.entry().kind()) {
      return false;
    }
    boolean timeless = now.entry().kind() == EntryKind.SYMLINK && !syncRules.symlinkTimes();
    return timeless
        ? Objects.equals(now.entry().linkTarget(), other.entry().linkTarget())
        : now.equals(other);
  }

  /** What the target is to have, by the source alone; null for nothing. */
  private @Nullable Remote wanted(RelPath path) {
    Local local = source.get(path);
    return local == null
            || local.entry().kind() == EntryKind.OTHER
            || Trees.isExcluded(syncRules, path, local.entry().kind())
        ? null
        : RandomTrees.remote(local);
  }

  /** Runs to the end, again with a listing where a step found something unexpected. */
  void converge(boolean list) {
    NavigableMap<RelPath, Remote> before = new TreeMap<>(target.tree);
    Plan plan = plan(list);
    if (!perform(list, Integer.MAX_VALUE)) {
      assertThat(list).as("a step of a listed plan failed").isFalse();
      plan = plan(true);
      assertThat(perform(true, Integer.MAX_VALUE)).as("a listed plan was done").isTrue();
    }
    Set<RelPath> blocked =
        plan.problems().stream().map(PathProblem::path).collect(Collectors.toSet());
    Set<RelPath> all = new TreeSet<>(before.keySet());
    all.addAll(source.keySet());
    all.addAll(target.tree.keySet());
    all.removeIf(FakeMirror::isTemporary);
    for (RelPath path : all) {
      if (Collections.disjoint(path.isRoot() ? List.of() : path.ancestors(), blocked)
          && !blocked.contains(path)) {
        checkDone(path, before.get(path), target.tree.get(path));
      } else {
        assertThat(settled(target.tree.get(path)))
            .as("%s is in the way", path)
            .isEqualTo(settled(before.get(path)));
      }
    }
    blocked.forEach(path -> checkBlocked(path, before));
    if (!list && !plan(true).leftovers().isEmpty()) {
      // Where somebody else had made a directory that was trusted not to be there.
      assertThat(perform(true, Integer.MAX_VALUE)).as("what was left behind is removed").isTrue();
    }
    assertThat(plan(true).steps()).as("a second plan, listed").isEmpty();
    isTrustworthy = blocked.isEmpty();
    if (isTrustworthy) {
      assertThat(plan(false).steps()).as("a second plan, trusted").isEmpty();
    }
  }

  private void checkDone(RelPath path, @Nullable Remote before, @Nullable Remote now) {
    Remote wanted = wanted(path);
    if (wanted != null) {
      assertThat(now).as("%s is missing", path).isNotNull();
      assertThat(like(Objects.requireNonNull(now), wanted))
          .as("%s is %s, not %s", path, now, wanted)
          .isTrue();
    } else if (mustStay(path, before)) {
      Remote stayed = Objects.requireNonNull(before);
      assertThat(now).as("%s is gone", path).isNotNull();
      assertThat(settled(Objects.requireNonNull(now)))
          .as("%s should stay as it was", path)
          .isEqualTo(settled(stayed));
    } else {
      assertThat(now).as("%s should be gone", path).isNull();
    }
  }

  /**
   * A directory without what may differ once something in it was deleted: its time, and what
   * unlocking added to its mode, where the delete of the directory itself failed.
   */
  private static @Nullable Remote settled(@Nullable Remote there) {
    return there != null && isDirectory(there)
        ? there.withTime(0).withMode(there.entry().mode() | 0700)
        : there;
  }

  private boolean mustStay(RelPath path, @Nullable Remote before) {
    return before != null
        && (!syncRules.delete() || isUntouchable(path, before) || holdsUntouchable(path));
  }

  private boolean isUntouchable(RelPath path, Remote there) {
    return !isTemporary(path)
        && (there.entry().kind() == EntryKind.OTHER
            || Trees.isExcluded(syncRules, path, there.entry().kind()));
  }

  private static boolean isTemporary(RelPath path) {
    return !path.isRoot()
        && (TemporaryNames.isTemporary(path.name()) || isTemporary(path.parent()));
  }

  private boolean holdsUntouchable(RelPath path) {
    return target.tree.entrySet().stream()
        .anyMatch(at -> at.getKey().startsWith(path) && isUntouchable(at.getKey(), at.getValue()));
  }

  private void checkBlocked(RelPath path, Map<RelPath, Remote> before) {
    Remote there = before.get(path);
    assertThat(there).as("nothing is in the way of %s", path).isNotNull();
    boolean stays =
        isUntouchable(path, Objects.requireNonNull(there))
            || holdsUntouchable(path)
            || (!syncRules.delete() && Trees.children(target.tree, path).size() > 0);
    assertThat(stays).as("%s could be replaced", path).isTrue();
  }

  /** Nothing that was there may be gone; files and symlinks may have been replaced. */
  void runWithoutDeletes(boolean list) {
    Set<RelPath> before = new TreeSet<>(target.tree.keySet());
    before.removeIf(FakeMirror::isTemporary);
    PlanBuilder rest =
        streams ? new FakeStream(this, Integer.MAX_VALUE).run(list) : gather(list, true);
    run(rest.buildWithoutDeletes(), Integer.MAX_VALUE);
    assertThat(target.tree.keySet()).containsAll(before);
  }

  private boolean perform(boolean list, int limit) {
    if (!streams) {
      return run(gather(list, true).build(), limit);
    }
    FakeStream stream = new FakeStream(this, limit);
    PlanBuilder rest = stream.run(list);
    return stream.left() == 0
        ? stream.isDone()
        : run(rest.build(), stream.left()) && stream.isDone();
  }

  private boolean run(Plan plan, int limit) {
    IndexUpdates.begin(plan, index);
    plan.leftovers().forEach(this::clean);
    boolean done = true;
    for (Step step : plan.steps().subList(0, Math.min(limit, plan.steps().size()))) {
      done &= apply(step, done);
    }
    return done;
  }

  /**
   * Does one step and records it.
   *
   * @param sofar whether nothing has failed yet
   */
  boolean apply(Step step, boolean sofar) {
    target.isLocked = false;
    if (target.apply(step, source)) {
      HashCode hash =
          step instanceof Step.Upload
              ? Entries.sha256(Objects.requireNonNull(source.get(step.path())).content())
              : null;
      IndexUpdates.done(step, null, hash, index);
      return true;
    }
    // After a first surprise anything may follow; but no plan runs into a lock by itself.
    assertThat(sofar && target.isLocked && isWayKnown(step.path()))
        .as("%s is locked", step)
        .isFalse();
    return false;
  }

  /** Somebody may have locked a directory that had to stay, and that the source then had again. */
  private boolean isWayKnown(RelPath path) {
    return path.isRoot()
        || path.ancestors().stream()
            .allMatch(
                above -> {
                  IndexEntry known = index.get(above);
                  return known == null || known.target().mode() == mode(above);
                });
  }

  private int mode(RelPath directory) {
    return Objects.requireNonNull(target.tree.get(directory)).entry().mode();
  }

  private void clean(RelPath leftover) {
    assertThat(TemporaryNames.isTemporary(leftover.name())).isTrue();
    target.clean(leftover);
  }
}
