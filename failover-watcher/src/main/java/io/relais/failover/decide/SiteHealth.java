package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.WatchState.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What production is held to be, from the rounds that counted. {@link FailureStatistics} has the
 * rule.
 *
 * @param verdict what production is held to be
 * @param failures failed rounds in a row, up to the last; 0 if the last was good
 * @param goodRounds good rounds in a row, up to the last; 0 if the last failed
 * @param samples the last rounds, oldest first: those of the failure window, and {@value
 *     FailureStatistics#LOOK_BACK} at least if there were so many
 * @param healthySince when production's present unbroken health began, moved on by the time in
 *     which nothing could be said about it; empty if the last round failed
 */
public record SiteHealth(
    Verdict verdict,
    int failures,
    int goodRounds,
    ImmutableList<Sample> samples,
    Optional<Instant> healthySince) {
  /** Nothing counted yet: well until something else is seen. */
  public static final SiteHealth UNKNOWN =
      new SiteHealth(Verdict.WELL, 0, 0, ImmutableList.of(), Optional.empty());

  /** What production is held to be. */
  public enum Verdict {
    WELL,
    /** It has failed, and neither been down nor been well for {@link Policy#successes} rounds. */
    SUSPECT,
    /** Until it has been well for {@link Policy#successes} rounds in a row. */
    DOWN
  }

  /** With one more round counted. */
  public SiteHealth after(boolean good, Instant now, Policy policy) {
    ImmutableList<Sample> all =
        ImmutableList.<Sample>builderWithExpectedSize(samples.size() + 1)
            .addAll(samples)
            .add(new Sample(now, good))
            .build();
    ImmutableList<Sample> kept = FailureStatistics.keep(all, now, policy.failureWindow());
    return good ? better(kept, now, policy) : worse(kept, now, policy);
  }

  private SiteHealth better(ImmutableList<Sample> kept, Instant now, Policy policy) {
    int row = goodRounds + 1;
    return new SiteHealth(
        row >= policy.successes() ? Verdict.WELL : verdict,
        0,
        row,
        kept,
        healthySince.or(() -> Optional.of(now)));
  }

  private SiteHealth worse(ImmutableList<Sample> kept, Instant now, Policy policy) {
    int row = failures + 1;
    boolean down =
        verdict == Verdict.DOWN
            || (row >= policy.failures() && row >= FailureStatistics.rowNeeded(kept, row, policy))
            || FailureStatistics.failsMostly(kept, now, policy);
    return new SiteHealth(down ? Verdict.DOWN : Verdict.SUSPECT, row, 0, kept, Optional.empty());
  }

  /** After a time about which nothing can be said: it is not taken for health. */
  SiteHealth paused(Duration time) {
    return healthySince.isEmpty()
        ? this
        : new SiteHealth(
            verdict, failures, goodRounds, samples, healthySince.map(since -> since.plus(time)));
  }

  /** Whether the good rounds in a row are enough. */
  boolean isWell(Policy policy) {
    return goodRounds >= policy.successes();
  }

  /** The figures, for people. */
  String figures(Policy policy) {
    return failures > 0
        ? "%d failed in a row, %d make it down"
            .formatted(failures, FailureStatistics.rowNeeded(samples, failures, policy))
        : "%d good in a row, %d make it up".formatted(goodRounds, policy.successes());
  }
}
