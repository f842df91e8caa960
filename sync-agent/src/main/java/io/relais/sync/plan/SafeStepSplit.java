package io.relais.sync.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.Delete;
import io.relais.sync.plan.Step.MakeDirectory;
import io.relais.sync.plan.Step.MakeSymlink;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Unlock;
import io.relais.sync.plan.Step.Upload;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came out of one directory, divided: what is safe to do at once, whatever else the plan turns
 * out to hold, and what has to wait for all of it. At once: files sent, directories made,
 * attributes of files set, and what is there already recorded. What removes something waits for the
 * {@link DeleteGuard}, a symlink for the files that it may point to, and the attributes of a
 * directory for what it holds.
 *
 * @param now steps that need no other before them, except that of the directory they are in; one a
 *     path
 * @param made the directories that those steps make
 * @param forgotten paths whose records, with all below them, are to be dropped before those steps
 * @param later the rest, for the {@link PlanBuilder}
 */
public record SafeStepSplit(
    ImmutableList<Step> now,
    ImmutableSet<RelPath> made,
    ImmutableList<RelPath> forgotten,
    DirectoryPlan later) {
  /**
   * Divides.
   *
   * @param open whether the directory, or for the root the root itself, is or will be at the target
   *     with the rights to change it: otherwise all of it waits
   */
  public static SafeStepSplit of(DirectoryPlan found, boolean open) {
    if (!open) {
      return new SafeStepSplit(ImmutableList.of(), ImmutableSet.of(), ImmutableList.of(), found);
    }
    Set<RelPath> elsewhere = new HashSet<>();
    found.moved().forEach(moved -> elsewhere.add(moved.path()));
    ImmutableList.Builder<Step> now = ImmutableList.builder();
    ImmutableSet.Builder<RelPath> made = ImmutableSet.builder();
    ImmutableList.Builder<Step> later = ImmutableList.builder();
    Set<RelPath> waiting = new HashSet<>();
    List<Step> steps = found.steps();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      boolean alone =
          (i == 0 || !steps.get(i - 1).path().equals(step.path()))
              && (i + 1 == steps.size() || !steps.get(i + 1).path().equals(step.path()));
      if (alone && isSafe(step, elsewhere)) {
        now.add(step);
        if (step instanceof MakeDirectory) {
          made.add(step.path());
        }
      } else {
        later.add(step);
        waiting.add(step.path());
      }
    }
    return new SafeStepSplit(
        now.build(),
        made.build(),
        found.forgotten(),
        new DirectoryPlan(
            later.build(),
            found.descents().stream()
                .filter(descent -> isNeeded(descent, waiting))
                .collect(ImmutableList.toImmutableList()),
            found.kept(),
            ImmutableList.of(),
            found.drifted(),
            found.leftovers(),
            found.moved(),
            found.problems(),
            found.leftOut()));
  }

  /** A directory on another device may have lost its mount: its record waits for the guard. */
  private static boolean isSafe(Step step, Set<RelPath> elsewhere) {
    return switch (step) {
      case Upload _, MakeDirectory _ -> true;
      case Adopt(var path, var _, var _) -> !elsewhere.contains(path);
      case SetAttributes(var _, var source, var _) -> source.kind() == EntryKind.FILE;
      case Unlock _, MoveAside _, MakeSymlink _, Delete _ -> false;
    };
  }

  /** Of what is equal, or made and recorded by then, the index will know as much. */
  private static boolean isNeeded(ChildDirectory descent, Set<RelPath> waiting) {
    return descent.source() == null
        || waiting.contains(descent.path())
        || (descent.below() != TargetContents.NOTHING && !isOpen(descent.target()));
  }

  /** Whether what a directory holds may be done at once too, given that it is open itself. */
  public boolean opens(ChildDirectory descent) {
    return switch (descent.below()) {
      case COPY -> isOpen(descent.target());
      case NOTHING -> made.contains(descent.path());
      case EXTRANEOUS, IN_THE_WAY -> false;
    };
  }

  /** Whether its owner may change what a directory at the target holds. */
  public static boolean isOpen(@Nullable TargetEntry there) {
    return there != null
        && there.kind() == EntryKind.DIRECTORY
        && (there.mode() & TargetEntry.UNLOCKED) == TargetEntry.UNLOCKED;
  }

  /** Whether a step changes the time of the directory that it is in. */
  public static boolean disturbs(Step step) {
    return switch (step) {
      case Upload _, MakeDirectory _, MakeSymlink _, MoveAside _, Delete _ -> true;
      case Adopt _, Unlock _, SetAttributes _ -> false;
    };
  }
}
