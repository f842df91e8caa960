package io.relais.failover.observe;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import io.relais.failover.config.Quantifier;
import io.relais.failover.probe.ProbeResult;
import java.util.stream.Collectors;

/**
 * What one round of probes said.
 *
 * @param up whether enough of them succeeded
 * @param results of all probes at all addresses
 */
public record SiteCheckResult(boolean up, ImmutableList<ProbeResult> results) {
  /** Judges the probes' results, grouped by the address that each was made at. */
  static SiteCheckResult of(
      ImmutableListMultimap<String, ProbeResult> byAddress,
      Quantifier addresses,
      Quantifier require) {
    boolean up =
        holds(
            addresses,
            byAddress.asMap().values().stream()
                .map(
                    results ->
                        holds(
                            require,
                            results.stream().map(ProbeResult::ok).collect(toImmutableList())))
                .collect(toImmutableList()));
    return new SiteCheckResult(up, ImmutableList.copyOf(byAddress.values()));
  }

  static boolean holds(Quantifier quantifier, ImmutableList<Boolean> each) {
    return switch (quantifier) {
      case ALL -> each.stream().allMatch(ok -> ok);
      case ANY -> each.stream().anyMatch(ok -> ok);
    };
  }

  /** Whether every failure means that the machine itself did not answer. */
  boolean unreachable() {
    return !up
        && results.stream()
            .flatMap(result -> result.failure().stream())
            .allMatch(failure -> failure.kind() == ProbeResult.Status.UNREACHABLE);
  }

  /** What failed, for people, in one line; empty if nothing did. */
  public String failures() {
    return results.stream()
        .filter(result -> !result.ok())
        .map(SiteCheckResult::line)
        .distinct()
        .collect(Collectors.joining("; "));
  }

  private static String line(ProbeResult result) {
    return result.name()
        + " at "
        + result.where()
        + ": "
        + result.failure().map(ProbeResult.Failure::detail).orElse("well");
  }
}
