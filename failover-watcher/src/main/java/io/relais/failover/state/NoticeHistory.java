package io.relais.failover.state;

import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What people were told, as far as it matters for telling them more. A plain value.
 *
 * @param line the outage of our own line that is not told to its end yet
 * @param stuck what keeps from a change that is wanted, while it does
 * @param problems what stands, by thing
 * @param daily when a thing was told that is told once a day at most, by thing
 */
public record NoticeHistory(
    Optional<LineOutage> line,
    Optional<StalledChange> stuck,
    ImmutableMap<String, StandingProblem> problems,
    ImmutableMap<String, Instant> daily) {
  static final NoticeHistory NOTHING =
      new NoticeHistory(Optional.empty(), Optional.empty(), ImmutableMap.of(), ImmutableMap.of());

  private static final Duration DAY = Duration.ofDays(1);

  public NoticeHistory withLine(Optional<LineOutage> next) {
    return new NoticeHistory(next, stuck, problems, daily);
  }

  public NoticeHistory withStuck(Optional<StalledChange> next) {
    return new NoticeHistory(line, next, problems, daily);
  }

  public NoticeHistory withDaily(ImmutableMap<String, Instant> times) {
    return new NoticeHistory(line, stuck, problems, times);
  }

  /** With this time as the last at which the thing was told. */
  public NoticeHistory withDaily(String thing, Instant now) {
    Map<String, Instant> next = new LinkedHashMap<>(daily);
    next.put(thing, now);
    return withDaily(ImmutableMap.copyOf(next));
  }

  /** Without what was told more than a day ago, or by a clock that was wrong. */
  public NoticeHistory withoutOld(Instant now) {
    Map<String, Instant> next = new LinkedHashMap<>(daily);
    next.values().removeIf(at -> at.isAfter(now) || !at.plus(DAY).isAfter(now));
    return next.size() == daily.size() ? this : withDaily(ImmutableMap.copyOf(next));
  }

  /** Whether the thing was told within that time. */
  public boolean isRecent(String thing, Duration time, Instant now) {
    return Optional.ofNullable(daily.get(thing))
        .filter(at -> !at.isAfter(now) && at.plus(time).isAfter(now))
        .isPresent();
  }

  /** The problem of that thing, if it stands. */
  public Optional<StandingProblem> problem(String thing) {
    return Optional.ofNullable(problems.get(thing));
  }

  /** With the problem of that thing; without one if it is empty. */
  public NoticeHistory withProblem(String thing, Optional<StandingProblem> next) {
    if (problem(thing).equals(next)) {
      return this;
    }
    Map<String, StandingProblem> all = new LinkedHashMap<>(problems);
    all.remove(thing);
    next.ifPresent(problem -> all.put(thing, problem));
    return new NoticeHistory(line, stuck, ImmutableMap.copyOf(all), daily);
  }

  /**
   * A change that is wanted and does not come about. A plain value.
   *
   * @param since when it was first so
   * @param times in how many rounds it was held back, or tried in vain
   */
  public record StalledChange(Instant since, int times) {
    /** What the next round may cure is not worth a notice. */
    private static final int PATIENCE_TIMES = 3;

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    public static StalledChange begin(Instant now) {
      return new StalledChange(now, 0);
    }

    public StalledChange again() {
      return new StalledChange(since, Math.min(times + 1, PATIENCE_TIMES));
    }

    /** Whether it has lasted long enough for people to know. */
    public boolean lasts(Instant now) {
      return times >= PATIENCE_TIMES || Duration.between(since, now).compareTo(PATIENCE) >= 0;
    }
  }
}
