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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Gathers what came out of many directories into one {@link Plan}. Not for use by many threads. */
public final class PlanBuilder {
  /** Looks up what is remembered of a directory that was not reconciled itself. */
  @FunctionalInterface
  public interface Lookup {
    @Nullable IndexEntry get(RelPath path);
  }

  private final Lookup index;
  private final Map<RelPath, ImmutableList<Step>> steps = new HashMap<>();
  private final Map<RelPath, ChildDirectory> directories = new HashMap<>();
  private final Set<RelPath> kept = new LinkedHashSet<>();
  private final Set<RelPath> forgotten = new LinkedHashSet<>();
  private final Set<Drift> drifted = new LinkedHashSet<>();
  private final Set<RelPath> touched = new LinkedHashSet<>();
  private final Set<RelPath> untimed = new HashSet<>();
  private final Set<RelPath> unlocked = new LinkedHashSet<>();
  private final Set<RelPath> leftovers = new LinkedHashSet<>();
  private final List<DirectoryPlan.DeviceChange> moved = new ArrayList<>();
  private final List<PathProblem> problems = new ArrayList<>();
  private final Set<RelPath> retracted = new HashSet<>();

  /**
   * Begins a plan.
   *
   * @param index what is remembered, to restore a directory outside of what is reconciled once
   *     something in it has changed
   */
  public PlanBuilder(Lookup index) {
    this.index = index;
  }

  /**
   * Forgets what is planned for one path itself, which is about to be added once more: a later look
   * replaces all of an earlier one, also where it finds nothing to do.
   */
  public void replace(RelPath path) {
    steps.remove(path);
    directories.remove(path);
    kept.remove(path);
    forgotten.remove(path);
    drifted.removeIf(each -> each.path().equals(path));
    leftovers.remove(path);
    moved.removeIf(each -> each.path().equals(path));
    problems.removeIf(each -> each.path().equals(path));
  }

  /**
   * Leaves a path and all below it out of this plan, whatever was or will be added of them: two
   * looks disagree about what it is, so what was found below it can't be trusted either. It stays
   * as it is.
   */
  public void retract(RelPath path) {
    retracted.add(path);
  }

  private boolean isRetracted(RelPath path) {
    return retracted.stream().anyMatch(path::startsWith);
  }

  private void dropRetracted() {
    if (retracted.isEmpty()) {
      return;
    }
    steps.keySet().removeIf(this::isRetracted);
    directories.keySet().removeIf(this::isRetracted);
    kept.removeIf(this::isRetracted);
    forgotten.removeIf(this::isRetracted);
    drifted.removeIf(each -> isRetracted(each.path()));
    touched.removeIf(this::isRetracted);
    leftovers.removeIf(this::isRetracted);
    moved.removeIf(each -> isRetracted(each.path()));
    problems.removeIf(each -> isRetracted(each.path()));
    // Neither may what holds it be removed.
    kept.addAll(retracted);
  }

  /** Adds what came out of one directory. */
  public void add(DirectoryPlan plan) {
    Map<RelPath, ImmutableList<Step>> added = new HashMap<>();
    for (Step step : plan.steps()) {
      added.merge(step.path(), ImmutableList.of(step), PlanBuilder::concat);
    }
    steps.putAll(added);
    plan.descents()
        .forEach(childDirectory -> directories.put(childDirectory.path(), childDirectory));
    kept.addAll(plan.kept());
    forgotten.addAll(plan.forgotten());
    drifted.addAll(plan.drifted());
    leftovers.addAll(plan.leftovers());
    moved.addAll(plan.moved());
    problems.addAll(plan.problems());
  }

  private static ImmutableList<Step> concat(ImmutableList<Step> one, ImmutableList<Step> other) {
    return ImmutableList.<Step>builder().addAll(one).addAll(other).build();
  }

  /**
   * Notes that something is done in a directory, or that it is made, before the plan is built: the
   * plan is to set it at its end, as the index then has it.
   *
   * @return whether that was not yet known
   */
  public boolean touch(RelPath directory) {
    return touched.add(directory);
  }

  /**
   * Notes that a directory was unlocked, to be listed: the plan is to lock it again, whatever else
   * there is to do.
   */
  public void unlocked(RelPath directory) {
    unlocked.add(directory);
  }

  /**
   * Leaves the time of directories as it is, unless something is done in them, or the source's own
   * have changed: it has moved with what somebody else has done there, and that is left too.
   */
  public void leaveTimes(Set<RelPath> holders) {
    untimed.addAll(holders);
  }

  /** The whole plan. */
  public Plan build() {
    dropRetracted();
    return new Assembly(false, ImmutableSet.of()).assemble();
  }

  /**
   * The plan without whatever removes something the source does not have. Directories that seem to
   * have lost their mount stay unrecorded, so that the next plan finds the same again.
   */
  public Plan buildWithoutDeletes() {
    ImmutableSet<RelPath> unmounted =
        build().unmounted().stream()
            .map(GuardInput.Moved::path)
            .collect(ImmutableSet.toImmutableSet());
    return new Assembly(true, unmounted).assemble();
  }

  /**
   * One plan that is made of what was gathered: in order, and with the steps that only serve
   * others.
   */
  private final class Assembly {
    private final boolean holdDeletes;
    private final Set<RelPath> frozen;

    private final Set<RelPath> holdsKept = new HashSet<>();
    private final TreeMap<RelPath, ImmutableList<Step>> chosen = new TreeMap<>();
    private final Set<RelPath> asides = new HashSet<>();
    private final Map<RelPath, Boolean> passable = new HashMap<>();
    private final List<Delete> absorbed = new ArrayList<>();
    private final List<PathProblem> found = new ArrayList<>(problems);
    private final DirectoryPermissions needs = new DirectoryPermissions();

    Assembly(boolean holdDeletes, Set<RelPath> frozen) {
      this.holdDeletes = holdDeletes;
      this.frozen = frozen;
    }

    Plan assemble() {
      kept.forEach(path -> holdsKept.addAll(path.ancestors()));
      choose();
      chosen.values().forEach(steps -> steps.forEach(needs::add));
      ImmutableSet<RelPath> cleaned = cleaned();
      cleaned.forEach(needs::addCleaned);
      unlocked.forEach(needs::addLocked);
      Map<RelPath, Step> unlocks = unlocks();
      Set<RelPath> relocked = new HashSet<>(unlocked);
      relocked.addAll(unlocks.keySet());
      ImmutableSet<RelPath> disturbed =
          needs.changed().stream()
              .filter(path -> !isMade(path) && !isDeleted(path))
              .collect(ImmutableSet.toImmutableSet());
      chosen.values().removeIf(steps -> isLeftUntimed(steps, relocked, disturbed));
      chosen.replaceAll((path, steps) -> relocked.contains(path) ? withModes(steps) : steps);
      Map<RelPath, Step> settles = settles(relocked, disturbed);
      return new Plan(
          phases(unlocks, settles),
          ImmutableList.copyOf(absorbed),
          disturbed,
          ImmutableSet.copyOf(settles.keySet()),
          ImmutableSet.copyOf(forgotten),
          unrecorded(),
          ImmutableSet.copyOf(drifted),
          cleaned,
          unmounted(),
          ImmutableList.copyOf(found));
    }

    /** Which steps can be done, given what has to stay. */
    private void choose() {
      RelPath aside = null;
      boolean blocked = false;
      for (Map.Entry<RelPath, ImmutableList<Step>> each : new TreeMap<>(steps).entrySet()) {
        RelPath path = each.getKey();
        ImmutableList<Step> own = each.getValue();
        if (aside != null && path.startsWith(aside)) {
          if (!blocked) {
            own.stream().filter(Delete.class::isInstance).forEach(s -> absorbed.add((Delete) s));
          }
        } else if (own.getFirst() instanceof MoveAside(var _, var entryKind)
            && entryKind == EntryKind.DIRECTORY) {
          aside = path;
          blocked = isBlocked(path);
          if (!blocked) {
            asides.add(path);
            chosen.put(path, own);
          }
        } else if (isPossible(path, own.getFirst()) && isReachable(path)) {
          chosen.put(path, own);
        }
      }
    }

    /**
     * Whether a path is within directories while its steps run, as far as anybody knows. It always
     * is, unless looks at a changing source disagree; a server would follow a symlink on the way.
     */
    private boolean isReachable(RelPath path) {
      for (RelPath above : path.ancestors()) {
        if (!passable.computeIfAbsent(above, this::isPassable)) {
          found.add(new PathProblem(path, above + ", which holds it, is not a directory there"));
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
        ImmutableList<Step> steps, Set<RelPath> relocked, Set<RelPath> disturbed) {
      if (!(steps.getFirst() instanceof SetAttributes(var path, var source, var _))
          || !untimed.contains(path)
          || relocked.contains(path)
          || disturbed.contains(path)
          || touched.contains(path)) {
        return false;
      }
      IndexEntry indexEntry = index.get(path);
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
    private ImmutableSet<RelPath> cleaned() {
      return leftovers.stream()
          .filter(path -> path.ancestors().stream().noneMatch(asides::contains))
          .collect(ImmutableSet.toImmutableSet());
    }

    private boolean isBlocked(RelPath directory) {
      if (holdDeletes) {
        return true;
      }
      if (!holdsKept.contains(directory)) {
        return false;
      }
      found.add(
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
      ChildDirectory childDirectory = directories.get(path);
      if (childDirectory != null) {
        return childDirectory.target();
      }
      IndexEntry indexEntry = index.get(path);
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
    private Map<RelPath, Step> settles(Set<RelPath> relocked, Set<RelPath> disturbed) {
      Set<RelPath> candidates = new HashSet<>(disturbed);
      candidates.addAll(relocked);
      candidates.addAll(touched);
      chosen.keySet().stream().filter(this::isMade).forEach(candidates::add);
      TreeMap<RelPath, Step> settles = new TreeMap<>();
      for (RelPath path : candidates) {
        Step settle = settle(path, relocked.contains(path));
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
     * Whether a path is a directory, within directories, once the chosen steps are done: only such
     * a path is settled. Whatever else stands there then may be a symlink, which SFTP would follow.
     */
    private boolean becomesDirectory(RelPath path) {
      return isDirectoryAfterwards(path)
          && path.ancestors().stream().allMatch(this::isDirectoryAfterwards);
    }

    private boolean isDirectoryAfterwards(RelPath path) {
      ImmutableList<Step> steps = chosen.getOrDefault(path, ImmutableList.of());
      if (!steps.isEmpty()) {
        return steps.getLast().makes() == EntryKind.DIRECTORY;
      }
      TargetEntry there = target(path);
      return there != null && there.kind() == EntryKind.DIRECTORY;
    }

    private @Nullable Step settle(RelPath path, boolean isRelocked) {
      ChildDirectory childDirectory = directories.get(path);
      if (childDirectory != null) {
        SourceEntry source = childDirectory.source();
        TargetEntry there = childDirectory.target();
        return source != null
            ? SetAttributes.of(path, source, isRelocked ? null : there)
            : isRelocked && there != null ? new Unlock(path, there.mode()) : null;
      }
      for (Step step : chosen.getOrDefault(path, ImmutableList.of())) {
        if (step instanceof MakeDirectory(var _, var source)) {
          return new SetAttributes(path, source);
        }
      }
      IndexEntry indexEntry = index.get(path);
      return indexEntry == null
          ? null
          : SetAttributes.of(path, indexEntry.source(), isRelocked ? null : indexEntry.target());
    }

    /**
     * Nothing but a listing can tell that they have to stay, so they must not be taken for ours.
     * But while deletes are held, it is by them that what is to be deleted below is found again.
     */
    private ImmutableSet<RelPath> unrecorded() {
      if (holdDeletes) {
        return ImmutableSet.of();
      }
      return directories.values().stream()
          .filter(
              childDirectory ->
                  childDirectory.source() == null && holdsKept.contains(childDirectory.path()))
          .map(ChildDirectory::path)
          .filter(path -> index.get(path) != null)
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
      moved.forEach(moved -> deletes.put(moved.path(), 0L));
      if (!deletes.isEmpty()) {
        absorbed.forEach(delete -> count(deletes, delete.path()));
        chosen.keySet().stream().filter(this::isDeleted).forEach(path -> count(deletes, path));
      }
      return moved.stream()
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
}
