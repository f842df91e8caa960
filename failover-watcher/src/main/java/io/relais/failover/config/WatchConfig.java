package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.failover.probe.ProbeSpec;
import java.util.Optional;

/** Something that is only watched. */
public record WatchConfig(
    String name, int failures, int successes, Quantifier require, ImmutableList<Target> targets) {
  /**
   * One probe.
   *
   * @param address where it is asked (a name or an address), if not where the probe itself says
   */
  public record Target(ProbeSpec probe, Optional<String> address) {}
}
