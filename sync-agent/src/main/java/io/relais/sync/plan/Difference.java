package io.relais.sync.plan;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * How one path at the target differs from the source.
 *
 * @param steps what makes it equal, in order; a directory's time is set by the {@link Plan} again
 *     once what it holds is done
 * @param below for a directory that must be gone into, what is there; null for anything else
 * @param kept something extraneous that stays all the same
 * @param forget the index's record of this path, and of all below it, is wrong by now
 * @param drifted somebody else has changed the copy since it was confirmed
 * @param problem why it can't be made equal; null if it can
 */
public record Difference(
    ImmutableList<Step> steps,
    @Nullable TargetContents below,
    boolean kept,
    boolean forget,
    boolean drifted,
    @Nullable String problem) {
  static final Difference NONE = of();

  static Difference of(Step... steps) {
    return new Difference(ImmutableList.copyOf(steps), null, false, false, false, null);
  }

  static Difference problem(String problem) {
    return new Difference(ImmutableList.of(), null, true, false, false, problem);
  }

  Difference goInto(TargetContents found) {
    return new Difference(steps, found, kept, forget, drifted, problem);
  }

  Difference keep() {
    return new Difference(steps, below, true, forget, drifted, problem);
  }

  Difference forget(boolean wrong) {
    return new Difference(steps, below, kept, wrong, drifted, problem);
  }

  Difference drift(boolean found) {
    return new Difference(steps, below, kept, forget, found, problem);
  }
}
