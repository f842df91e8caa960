package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Plan;
import io.relais.sync.source.SourceTree;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the index knew before a round, and what the {@link DeleteGuardMonitor} is to judge a plan
 * by. For the owner's thread.
 *
 * @param root the source's root as it was; null if nothing is known of it
 * @param switched whether a symlink leads to another root by now
 * @param known how many entries were known to be at the target, without the root
 * @param founding whether nothing was ever compared to the end
 */
record RoundBaseline(
    MirrorIndex index,
    @Nullable RootIdentity root,
    boolean switched,
    long known,
    boolean founding) {
  /**
   * As it is now.
   *
   * @param source null if it is missing
   */
  static RoundBaseline of(MirrorIndex index, @Nullable SourceTree source) {
    boolean switched =
        source != null && index.way().filter(way -> way.isSwitchedTo(source.way())).isPresent();
    return new RoundBaseline(
        index,
        index.root().orElse(null),
        switched,
        Math.max(0, index.count() - 1),
        index.isFounding());
  }

  /** What can be said as long as there is no plan. */
  GuardInput ofTheRoot(@Nullable RootIdentity now) {
    return facts(now, false, 0, Optional.empty());
  }

  /**
   * What a plan amounts to.
   *
   * @param sourceEmpty whether the source holds nothing that is mirrored
   * @param listed entries that the target has listed
   */
  GuardInput of(Plan plan, @Nullable RootIdentity now, boolean sourceEmpty, long listed) {
    return facts(now, sourceEmpty, listed, Optional.of(plan));
  }

  /** What came in this round counts as known too, since it is among what has arrived of late. */
  private GuardInput facts(
      @Nullable RootIdentity now, boolean sourceEmpty, long listed, Optional<Plan> plan) {
    long knownNow = founding ? known : Math.max(0, index.count() - 1);
    return new GuardInput(
        root,
        now,
        switched,
        sourceEmpty,
        Math.max(listed, knownNow),
        plan.map(Plan::removals).orElse(ImmutableList.of()),
        plan.map(Plan::creations).orElse(ImmutableList.of()),
        plan.map(Plan::unmounted).orElse(ImmutableList.of()));
  }
}
