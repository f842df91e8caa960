package io.relais.sync.plan;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.LeftOut;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.path.RelPath;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What came out of one directory, for the {@link Plan} that gathers many.
 *
 * @param steps in no safe order yet, except those of one path among each other
 * @param descents the directories to be reconciled next
 * @param kept what stays at the target though the source does not have it
 * @param forgotten paths whose records, with all below them, are wrong
 * @param drifted what somebody else has changed at the target
 * @param leftovers temporaries of ours that were listed at the target
 * @param moved directories that are on another device than they were, or have lost their mount
 * @param leftOut what is on one side alone, as is meant
 */
public record DirectoryPlan(
    ImmutableList<Step> steps,
    ImmutableList<ChildDirectory> descents,
    ImmutableList<RelPath> kept,
    ImmutableList<RelPath> forgotten,
    ImmutableList<Drift> drifted,
    ImmutableList<RelPath> leftovers,
    ImmutableList<DeviceChange> moved,
    ImmutableList<PathProblem> problems,
    ImmutableList<LeftOut> leftOut) {

  /**
   * A directory of the source that was on the device {@code before} and is on {@code now}.
   *
   * @param unmounted whether something was mounted on it that is not mounted there any more
   */
  public record DeviceChange(RelPath path, long before, long now, boolean unmounted) {}

  /**
   * How a path is to be gone into, by this look; null where it is not a directory, or stays as it
   * is.
   */
  public @Nullable TargetContents below(RelPath path) {
    return descents.stream()
        .filter(descent -> descent.path().equals(path))
        .map(ChildDirectory::below)
        .findFirst()
        .orElse(null);
  }

  /** The same, but nothing is to be gone into. */
  public DirectoryPlan withoutDescents() {
    return new DirectoryPlan(
        steps, ImmutableList.of(), kept, forgotten, drifted, leftovers, moved, problems, leftOut);
  }

  /**
   * The same without what only the target has. What stays there is not noted either, so nothing may
   * be removed by a plan that this is a part of.
   */
  public DirectoryPlan withoutExtraneous() {
    return new DirectoryPlan(
        filter(steps, step -> !(step instanceof Step.Delete)),
        filter(descents, descent -> descent.below() != TargetContents.EXTRANEOUS),
        ImmutableList.of(),
        forgotten,
        drifted,
        ImmutableList.of(),
        moved,
        problems,
        leftOut);
  }

  /** The same, but nobody else has changed anything, as far as is reported. */
  public DirectoryPlan withoutDrift() {
    return new DirectoryPlan(
        steps, descents, kept, forgotten, ImmutableList.of(), leftovers, moved, problems, leftOut);
  }

  /**
   * The same, but what somebody else has changed stays as it is. A directory whose mode alone was
   * changed is still gone into: what it holds is another matter.
   */
  public DirectoryPlan leavingDrift() {
    Set<RelPath> left = drifted.stream().map(Drift::path).collect(Collectors.toUnmodifiableSet());
    Set<RelPath> closed =
        drifted.stream()
            .filter(drift -> drift.what() != Drift.What.ATTRIBUTES)
            .map(Drift::path)
            .collect(Collectors.toUnmodifiableSet());
    DirectoryPlan rest = without(left);
    return new DirectoryPlan(
        rest.steps,
        filter(descents, descent -> !closed.contains(descent.path())),
        ImmutableList.<RelPath>builder().addAll(kept).addAll(left).build(),
        rest.forgotten,
        drifted,
        leftovers,
        moved,
        problems,
        leftOut);
  }

  /** The same without what is said of some paths alone. */
  public DirectoryPlan without(Set<RelPath> paths) {
    return new DirectoryPlan(
        filter(steps, step -> !paths.contains(step.path())),
        filter(descents, descent -> !paths.contains(descent.path())),
        kept,
        filter(forgotten, path -> !paths.contains(path)),
        drifted,
        leftovers,
        moved,
        problems,
        leftOut);
  }

  private static <T> ImmutableList<T> filter(ImmutableList<T> all, Predicate<T> wanted) {
    return all.stream().filter(wanted).collect(ImmutableList.toImmutableList());
  }

  /** Collects while one directory is gone through. */
  static final class Builder {
    final ImmutableList.Builder<Step> steps = ImmutableList.builder();
    final ImmutableList.Builder<ChildDirectory> descents = ImmutableList.builder();
    final ImmutableList.Builder<RelPath> kept = ImmutableList.builder();
    final ImmutableList.Builder<RelPath> forgotten = ImmutableList.builder();
    final ImmutableList.Builder<Drift> drifted = ImmutableList.builder();
    final ImmutableList.Builder<RelPath> leftovers = ImmutableList.builder();
    final ImmutableList.Builder<DeviceChange> moved = ImmutableList.builder();
    final ImmutableList.Builder<PathProblem> problems = ImmutableList.builder();
    final ImmutableList.Builder<LeftOut> leftOut = ImmutableList.builder();

    DirectoryPlan build() {
      return new DirectoryPlan(
          steps.build(),
          descents.build(),
          kept.build(),
          forgotten.build(),
          drifted.build(),
          leftovers.build(),
          moved.build(),
          problems.build(),
          leftOut.build());
    }
  }
}
