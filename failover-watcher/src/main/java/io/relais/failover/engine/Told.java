package io.relais.failover.engine;

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
record Told(boolean blind, Optional<Stuck> stuck, ImmutableMap<String, Instant> daily) {
  static final Told NOTHING = new Told(false, Optional.empty(), ImmutableMap.of());

  Told withBlind(boolean yes) {
    return new Told(yes, stuck, daily);
  }

  Told withStuck(Optional<Stuck> next) {
    return new Told(blind, next, daily);
  }

  Told withDaily(ImmutableMap<String, Instant> times) {
    return new Told(blind, stuck, times);
  }
}
