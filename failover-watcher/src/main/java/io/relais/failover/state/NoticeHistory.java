package io.relais.failover.state;

import com.google.common.collect.ImmutableMap;
import java.time.Instant;
import java.util.Optional;

/**
 * What people were told, as far as it matters for telling them more. A plain value.
 *
 * @param blind whether the blindness that lasts has been told
 * @param stuck what keeps from a change that is wanted, while it does
 * @param daily when a thing was told that is told once a day, by thing
 */
public record NoticeHistory(
    boolean blind, Optional<StalledChange> stuck, ImmutableMap<String, Instant> daily) {
  static final NoticeHistory NOTHING =
      new NoticeHistory(false, Optional.empty(), ImmutableMap.of());

  public NoticeHistory withBlind(boolean yes) {
    return new NoticeHistory(yes, stuck, daily);
  }

  public NoticeHistory withStuck(Optional<StalledChange> next) {
    return new NoticeHistory(blind, next, daily);
  }

  public NoticeHistory withDaily(ImmutableMap<String, Instant> times) {
    return new NoticeHistory(blind, stuck, times);
  }
}
