package io.relais.sync.plan;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.Delete;
import io.relais.sync.plan.Step.MakeDirectory;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Unlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Orders what a {@link PlanBuilder} has gathered, and adds the steps that only serve others. */
final class PlanAssembler {
  private final PlanBuilder gathered;
  private final boolean holdDeletes;
  private final Set<RelPath> frozen;

  private final Set<RelPath> holdsKept = new HashSet<>();
  private final TreeMap<RelPath, ImmutableList<Step>> chosen = new TreeMap<>();
  private final Set<RelPath> asides = new HashSet<>();
  private final Map<RelPath, Boolean> passable = new HashMap<>();
  private final List<Delete> absorbed = new ArrayList<>();
  private final List<PathProblem> problems = new ArrayList<>();
  private final DirectoryPermissions needs = new DirectoryPermissions();

  PlanAssembler(PlanBuilder gathered, boolean holdDeletes, Set<RelPath> frozen) {
    this.gathered = gathered;
    this.holdDeletes = holdDeletes;
    this.frozen = frozen;
    problems.addAll(gathered.problems);
  }

  Plan assemble() {
    gathered.kept.forEach(path -> holdsKept.addAll(path.isRoot() ? List.of() : path.ancestors()));
    choose();
    chosen.values().forEach(steps -> steps.forEach(needs::add));
    ImmutableSet<RelPath> leftovers = leftovers();
    leftovers.forEach(needs::addCleaned);
    gathered.unlocked.forEach(needs::addLocked);
    Map<RelPath, Step> unlocks = unlocks();
    Set<RelPath> unlocked = new HashSet<>(gathered.unlocked);
    unlocked.addAll(unlocks.keySet());
    ImmutableSet<RelPath> disturbed =
        needs.changed().stream()
            .filter(path -> !isMade(path) && !isDeleted(path))
            .collect(ImmutableSet.toImmutableSet());
    chosen.values().removeIf(steps -> isLeftUntimed(steps, unlocked, disturbed));
    chosen.replaceAll((path, steps) -> unlocked.contains(path) ? withModes(steps) : steps);
    Map<RelPath, Step> settles = settles(unlocked, disturbed);
    return new Plan(
        phases(unlocks, settles),
        ImmutableList.copyOf(absorbed),
        disturbed,
        ImmutableSet.copyOf(settles.keySet()),
        ImmutableSet.copyOf(gathered.forgotten),
        unrecorded(),
        ImmutableSet.copyOf(gathered.drifted),
        leftovers,
        unmounted(),
        ImmutableList.copyOf(problems));
  }

  /** Which steps can be done, given what has to stay. */
  private void choose() {
    RelPath aside = null;
    boolean blocked = false;
    for (RelPath path : gathered.steps.keySet().stream().sorted().toList()) {
      ImmutableList<Step> steps = steps(path);
      if (aside != null && path.startsWith(aside)) {
        if (!blocked) {
          steps.stream().filter(Delete.class::isInstance).forEach(s -> absorbed.add((Delete) s));
        }
      } else if (steps.getFirst() instanceof MoveAside(var _, var entryKind)
          && entryKind == EntryKind.DIRECTORY) {
        aside = path;
        blocked = isBlocked(path);
        if (!blocked) {
          asides.add(path);
          chosen.put(path, steps);
        }
      } else if (isPossible(path, steps.getFirst()) && isReachable(path)) {
        chosen.put(path, steps);
      }
    }
  }

  /**
   * Whether a path is within directories while its steps run, as far as anybody knows. It always
   * is, unless looks at a changing source disagree; a server would follow a symlink on the way.
   */
  private boolean isReachable(RelPath path) {
    for (RelPath above : path.isRoot() ? List.<RelPath>of() : path.ancestors()) {
      if (!passable.computeIfAbsent(above, this::isPassable)) {
        problems.add(new PathProblem(path, above + ", which holds it, is not a directory there"));
        return false;
      }
    }
    return true;
  }

  /** For a path whose own steps are chosen: in the order of paths those above come first. */
  private boolean isPassable(RelPath path) {
    ImmutableList<Step> steps = chosen.getOrDefault(path, ImmutableList.of());
    if (!steps.isEmpty()) {
      return steps.getLast() instanceof Delete(var _, var entryKind)
          ? entryKind == EntryKind.DIRECTORY
          : steps.getLast().makes() == EntryKind.DIRECTORY;
    }
    TargetEntry there = target(path);
    return there == null || there.kind() == EntryKind.DIRECTORY;
  }

  private boolean isLeftUntimed(
      ImmutableList<Step> steps, Set<RelPath> unlocked, Set<RelPath> disturbed) {
    if (!(steps.getFirst() instanceof SetAttributes(var path, var source, var _))
        || !gathered.untimed.contains(path)
        || unlocked.contains(path)
        || disturbed.contains(path)
        || gathered.touched.contains(path)) {
      return false;
    }
    IndexEntry indexEntry = gathered.index.get(path);
    return indexEntry != null
        && indexEntry.source().kind() == EntryKind.DIRECTORY
        && indexEntry.source().mode() == source.mode()
        && indexEntry.source().mtimeNanos() == source.mtimeNanos();
  }

  /** The steps of a directory that has another mode by then than it was listed with. */
  private static ImmutableList<Step> withModes(ImmutableList<Step> steps) {
    return steps.stream()
        .map(
            step ->
                step instanceof SetAttributes(var path, var source, var _)
                    ? new SetAttributes(path, source)
                    : step)
        .collect(toImmutableList());
  }

  /** What is moved aside takes its leftovers along. */
  private ImmutableSet<RelPath> leftovers() {
    return gathered.leftovers.stream()
        .filter(path -> path.ancestors().stream().noneMatch(asides::contains))
        .collect(ImmutableSet.toImmutableSet());
  }

  private ImmutableList<Step> steps(RelPath path) {
    return gathered.steps.getOrDefault(path, ImmutableList.of());
  }

  private boolean isBlocked(RelPath directory) {
    if (holdDeletes) {
      return true;
    }
    if (!holdsKept.contains(directory)) {
      return false;
    }
    problems.add(
        new PathProblem(
            directory, "a directory is in its place at the target, and holds what has to stay"));
    return true;
  }

  private boolean isPossible(RelPath path, Step step) {
    return switch (step) {
      case Delete _ -> !holdDeletes && !holdsKept.contains(path);
      case Adopt _, SetAttributes _ -> !frozen.contains(path);
      default -> true;
    };
  }

  /** Unlocks whatever would keep its owner from the steps. */
  private Map<RelPath, Step> unlocks() {
    TreeMap<RelPath, Step> unlocks = new TreeMap<>();
    needs.forEach(
        (path, bits) -> {
          TargetEntry there = isMade(path) ? null : target(path);
          if (there != null
              && there.kind() == EntryKind.DIRECTORY
              && (there.mode() & bits) != bits) {
            unlocks.put(path, new Unlock(path, there.mode() | TargetEntry.UNLOCKED));
          }
        });
    return unlocks;
  }

  private @Nullable TargetEntry target(RelPath path) {
    ChildDirectory childDirectory = gathered.directories.get(path);
    if (childDirectory != null) {
      return childDirectory.target();
    }
    IndexEntry indexEntry = gathered.index.get(path);
    return indexEntry == null ? null : indexEntry.target();
  }

  private boolean isMade(RelPath path) {
    return chosen.getOrDefault(path, ImmutableList.of()).stream()
        .anyMatch(MakeDirectory.class::isInstance);
  }

  private boolean isDeleted(RelPath path) {
    return chosen.getOrDefault(path, ImmutableList.of()).stream()
        .anyMatch(Delete.class::isInstance);
  }

  /** The directories to be set at the end though they don't differ, or are yet to be made. */
  private Map<RelPath, Step> settles(Set<RelPath> unlocked, Set<RelPath> disturbed) {
    Set<RelPath> candidates = new HashSet<>(disturbed);
    candidates.addAll(unlocked);
    candidates.addAll(gathered.touched);
    chosen.keySet().stream().filter(this::isMade).forEach(candidates::add);
    TreeMap<RelPath, Step> settles = new TreeMap<>();
    for (RelPath path : candidates) {
      Step settle = settle(path, unlocked.contains(path));
      boolean differs =
          chosen.getOrDefault(path, ImmutableList.of()).stream()
              .anyMatch(SetAttributes.class::isInstance);
      if (settle != null && !differs && becomesDirectory(path) && !frozen.contains(path)) {
        settles.put(path, settle);
      }
    }
    return settles;
  }

  /**
   * Whether a path is a directory, within directories, once the chosen steps are done: only such a
   * path is settled. Whatever else stands there then may be a symlink, which SFTP would follow.
   */
  private boolean becomesDirectory(RelPath path) {
    return isDirectoryAfterwards(path)
        && (path.isRoot() || path.ancestors().stream().allMatch(this::isDirectoryAfterwards));
  }

  private boolean isDirectoryAfterwards(RelPath path) {
    ImmutableList<Step> steps = chosen.getOrDefault(path, ImmutableList.of());
    if (!steps.isEmpty()) {
      return steps.getLast().makes() == EntryKind.DIRECTORY;
    }
    TargetEntry there = target(path);
    return there != null && there.kind() == EntryKind.DIRECTORY;
  }

  private @Nullable Step settle(RelPath path, boolean unlocked) {
    ChildDirectory childDirectory = gathered.directories.get(path);
    if (childDirectory != null) {
      SourceEntry source = childDirectory.source();
      TargetEntry there = childDirectory.target();
      return source != null
          ? SetAttributes.of(path, source, unlocked ? null : there)
          : unlocked && there != null ? new Unlock(path, there.mode()) : null;
    }
    for (Step step : chosen.getOrDefault(path, ImmutableList.of())) {
      if (step instanceof MakeDirectory(var _, var source)) {
        return new SetAttributes(path, source);
      }
    }
    IndexEntry indexEntry = gathered.index.get(path);
    return indexEntry == null
        ? null
        : SetAttributes.of(path, indexEntry.source(), unlocked ? null : indexEntry.target());
  }

  /**
   * Nothing but a listing can tell that they have to stay, so they must not be taken for ours. But
   * while deletes are held, it is by them that what is to be deleted below is found again.
   */
  private ImmutableSet<RelPath> unrecorded() {
    if (holdDeletes) {
      return ImmutableSet.of();
    }
    return gathered.directories.values().stream()
        .filter(
            childDirectory ->
                childDirectory.source() == null && holdsKept.contains(childDirectory.path()))
        .map(ChildDirectory::path)
        .filter(path -> gathered.index.get(path) != null)
        .collect(ImmutableSet.toImmutableSet());
  }

  private ImmutableListMultimap<Phase, Step> phases(
      Map<RelPath, Step> unlocks, Map<RelPath, Step> settles) {
    ImmutableListMultimap.Builder<Phase, Step> phases = ImmutableListMultimap.builder();
    phases.putAll(Phase.UNLOCK, unlocks.values());
    for (ImmutableList<Step> steps : chosen.values()) {
      Phase phase = phase(steps.getLast());
      // Adopting the time of a directory before it moves would undo the note that it will.
      boolean covered = phase == Phase.ADOPT && settles.containsKey(steps.getLast().path());
      if (phase != Phase.DELETES && phase != Phase.SETTLE && !covered) {
        phases.putAll(phase, steps);
      }
    }
    TreeMap<RelPath, Step> last = new TreeMap<>(Comparator.reverseOrder());
    last.putAll(settles);
    chosen
        .descendingMap()
        .forEach(
            (path, steps) -> {
              switch (phase(steps.getLast())) {
                case DELETES -> phases.putAll(Phase.DELETES, steps);
                case SETTLE -> last.put(path, steps.getLast());
                case ADOPT, UNLOCK, DIRECTORIES, FILES, SYMLINKS -> {}
              }
            });
    phases.putAll(Phase.SETTLE, last.values());
    return phases.build();
  }

  private static Phase phase(Step last) {
    return switch (last) {
      case Adopt _ -> Phase.ADOPT;
      case Unlock _ -> Phase.UNLOCK;
      case MakeDirectory _, MoveAside _ -> Phase.DIRECTORIES;
      case Step.Upload _ -> Phase.FILES;
      case Step.MakeSymlink _ -> Phase.SYMLINKS;
      case Delete _ -> Phase.DELETES;
      case SetAttributes(var _, var source, var _) ->
          switch (source.kind()) {
            case DIRECTORY -> Phase.SETTLE;
            case SYMLINK -> Phase.SYMLINKS;
            case FILE, OTHER -> Phase.FILES;
          };
    };
  }

  private ImmutableList<GuardInput.Moved> unmounted() {
    Map<RelPath, Long> deletes = new HashMap<>();
    gathered.moved.forEach(moved -> deletes.put(moved.path(), 0L));
    if (!deletes.isEmpty()) {
      absorbed.forEach(delete -> count(deletes, delete.path()));
      chosen.keySet().stream().filter(this::isDeleted).forEach(path -> count(deletes, path));
    }
    return gathered.moved.stream()
        .map(
            m ->
                new GuardInput.Moved(
                    m.path(),
                    m.before(),
                    m.now(),
                    m.unmounted(),
                    deletes.getOrDefault(m.path(), 0L)))
        .filter(moved -> moved.deletes() > 0)
        .collect(toImmutableList());
  }

  private static void count(Map<RelPath, Long> deletes, RelPath path) {
    path.ancestors().forEach(above -> deletes.computeIfPresent(above, (_, n) -> n + 1));
  }
}
