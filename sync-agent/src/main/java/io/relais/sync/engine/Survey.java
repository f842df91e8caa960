package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Below;
import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.Descent;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.DirectoryView;
import io.relais.sync.plan.Kind;
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
import io.relais.sync.target.TargetException;
import io.relais.sync.transfer.Disk;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Scans what a scope names and compares it, directory by directory, many at once: the source with
 * the index, and with the target's listing where the scope asks for it. Changes nothing, unless a
 * locked directory at the target has to be unlocked to be listed.
 */
final class Survey {
  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final Rules rules;
  private final boolean mayUnlock;
  private final Reconciler reconciler;
  private final PlanBuilder plan;
  private final ImmutableList.Builder<PathProblem> problems = ImmutableList.builder();
  private final ImmutableSet.Builder<RelPath> vanished = ImmutableSet.builder();
  private boolean sourceEmpty;
  private long listed;

  Survey(SourceTree source, SyncTarget target, MirrorIndex index, Rules rules, boolean mayUnlock) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.rules = rules;
    this.mayUnlock = mayUnlock;
    this.reconciler = new Reconciler(rules);
    this.plan = new PlanBuilder(index::get);
  }

  /**
   * Looks at everything that the scope names.
   *
   * @throws io.relais.sync.target.TargetUnavailableException if the connection is lost
   * @throws io.relais.sync.transfer.StoppedException if {@code stopping} turned true
   */
  Surveyed run(Scope scope, BooleanSupplier stopping) throws IOException {
    Frontier frontier = new Frontier(stopping);
    Set<RelPath> covered = new LinkedHashSet<>();
    for (RelPath path : scope.relists()) {
      covered.add(begin(frontier, existingAtTarget(path), Depth.LISTED));
    }
    for (RelPath path : scope.rescans()) {
      if (isNew(path, covered)) {
        covered.add(begin(frontier, changedAncestor(path), Depth.DEEP));
      }
    }
    for (RelPath path : scope.hints()) {
      RelPath start = changedAncestor(path);
      if (isNew(start, covered) && !isExcluded(start)) {
        begin(frontier, start, Depth.SHALLOW);
      }
    }
    return new Surveyed(plan, sourceEmpty, listed, problems.build(), vanished.build());
  }

  /** How far to go from where it begins. */
  private enum Depth {
    /** Into all below, as the target lists it. */
    LISTED,
    /** Into all below, trusting the index. */
    DEEP,
    /** One level, and into whatever is new there. */
    SHALLOW
  }

  private static boolean isNew(RelPath path, Set<RelPath> covered) {
    return covered.stream().noneMatch(path::startsWith);
  }

  private boolean isExcluded(RelPath path) throws IOException {
    if (path.isRoot()) {
      return false;
    }
    SourceEntry entry = source.stat(path);
    Confirmed before = index.get(path);
    boolean directory =
        entry != null
            ? entry.kind() == Kind.DIRECTORY
            : before != null && before.source().kind() == Kind.DIRECTORY;
    return rules.exclusion().excludes(path, directory);
  }

  /** The path itself, or the first directory above it that the index doesn't know as it is now. */
  private RelPath changedAncestor(RelPath path) throws IOException {
    for (RelPath above : path.ancestors()) {
      if (isOther(source.stat(above), index.get(above))) {
        return above;
      }
    }
    return path;
  }

  /** The path itself, or the first directory above it that is missing at the target. */
  private RelPath existingAtTarget(RelPath path) throws IOException {
    for (RelPath above : path.ancestors()) {
      TargetEntry there = target.stat(above);
      if (there == null || there.kind() != Kind.DIRECTORY) {
        return above;
      }
    }
    return path;
  }

  /** Whether a directory is not the very one that the index remembers. */
  private static boolean isOther(@Nullable SourceEntry now, @Nullable Confirmed before) {
    return now == null
        || before == null
        || now.kind() != Kind.DIRECTORY
        || before.source().kind() != Kind.DIRECTORY
        || before.source().inode() != now.inode();
  }

  private RelPath begin(Frontier frontier, RelPath path, Depth depth) throws IOException {
    SourceEntry entry = source.stat(path);
    Confirmed confirmed = index.get(path);
    TargetView view =
        depth == Depth.LISTED ? new TargetView.Listed(target.stat(path)) : new TargetView.Trusted();
    DirectoryPlan start = reconciler.entry(path, entry, confirmed, view);
    plan.add(start);
    if (!path.isRoot()) {
      RelPath parent = path.parent();
      plan.add(withoutDescents(parent));
    }
    boolean shallow = depth == Depth.SHALLOW && !isOther(entry, confirmed);
    frontier.explore(
        start.descents(),
        descent -> compare(descent, depth == Depth.LISTED),
        found -> take(found, shallow ? this::isNewDirectory : _ -> true));
    return path;
  }

  /** What holds the path has a new time by now, if something in it was made, moved or removed. */
  private DirectoryPlan withoutDescents(RelPath parent) throws IOException {
    DirectoryPlan all =
        reconciler.entry(parent, source.stat(parent), index.get(parent), new TargetView.Trusted());
    return new DirectoryPlan(
        all.steps(),
        ImmutableList.of(),
        all.kept(),
        all.forgotten(),
        all.drifted(),
        all.leftovers(),
        all.moved(),
        all.problems());
  }

  private boolean isNewDirectory(Descent descent) {
    return descent.below() != Below.COPY || isOther(descent.source(), index.get(descent.path()));
  }

  /** What came out of one directory. */
  private record Found(
      RelPath path,
      @Nullable DirectoryPlan plan,
      boolean empty,
      long listed,
      @Nullable PathProblem problem) {
    static Found problem(RelPath path, String message) {
      return new Found(path, null, false, 0, new PathProblem(path, message));
    }

    static Found gone(RelPath path) {
      return new Found(path, null, false, 0, null);
    }
  }

  private ImmutableList<Descent> take(Found found, Predicate<Descent> goInto) {
    listed += found.listed();
    if (found.problem() != null) {
      problems.add(found.problem());
    }
    if (found.plan() == null) {
      if (found.problem() == null) {
        vanished.add(found.path());
      }
      return ImmutableList.of();
    }
    if (found.path().isRoot()) {
      sourceEmpty = found.empty();
    }
    plan.add(found.plan());
    return found.plan().descents().stream().filter(goInto).collect(ImmutableList.toImmutableList());
  }

  private Found compare(Descent descent, boolean list) throws IOException {
    RelPath path = descent.path();
    try {
      Map<String, SourceEntry> here = descent.source() == null ? Map.of() : source.list(path);
      Map<String, TargetEntry> there =
          descent.below() != Below.NOTHING && (list || descent.below() == Below.IN_THE_WAY)
              ? listTarget(descent)
              : null;
      DirectoryView view =
          new DirectoryView(path, descent.below(), here, index.children(path), there);
      boolean empty = here.entrySet().stream().noneMatch(each -> isMirrored(path, each));
      return new Found(
          path, reconciler.directory(view), empty, there == null ? 0 : there.size(), null);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Found.gone(path);
    } catch (TargetException e) {
      return e.reason() == TargetException.Reason.NOT_FOUND
          ? Found.gone(path)
          : Found.problem(path, String.valueOf(e.getMessage()));
    } catch (FileSystemException e) {
      return Found.problem(path, Disk.explain(e));
    }
  }

  private boolean isMirrored(RelPath directory, Map.Entry<String, SourceEntry> child) {
    return rules.exclusion().mirrors(directory.child(child.getKey()), child.getValue().kind());
  }

  private Map<String, TargetEntry> listTarget(Descent descent) throws IOException {
    if (descent.isLocked() && mayUnlock && descent.target() != null) {
      target.setMode(descent.path(), descent.target().mode() | 0700);
    }
    return target.list(descent.path());
  }
}
