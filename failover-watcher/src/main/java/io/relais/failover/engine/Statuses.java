package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Phase;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** From a round to what people read. */
public final class Statuses {
  private Statuses() {}

  /** A phase in lower case with hyphens, as {@code on-backup}. */
  public static String word(Phase phase) {
    return phase.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The phase of a {@link #word}.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Phase phase(String word) {
    return Phase.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  static StatusReport of(
      Memory memory,
      Optional<RoundReport> report,
      Optional<String> site,
      ImmutableList<Watches.Look> looks,
      Instant now) {
    return new StatusReport(
        StatusReport.VERSION,
        ProcessHandle.current().pid(),
        now,
        report.map(done -> failover(memory, done, site.orElse(""))),
        looks.stream()
            .map(
                look ->
                    new StatusReport.Watch(
                        look.name(),
                        look.state().up(),
                        look.state().since(),
                        StatusReport.Probe.of(look.results())))
            .collect(ImmutableList.toImmutableList()));
  }

  private static StatusReport.Failover failover(Memory memory, RoundReport report, String site) {
    Seen seen = report.seen();
    return new StatusReport.Failover(
        site,
        word(memory.watch().phase()),
        memory.watch().since(),
        report.refusal().orElse(memory.watch().reason()),
        StatusReport.Probe.of(seen.probes()),
        StatusReport.Probe.of(seen.own()),
        seen.canaries(),
        seen.backup().map(Object::toString),
        seen.location().place().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        seen.location().detail(),
        report.deed().changing() ? report.deed().outcome().detail() : "",
        report.deed().changing() && !report.deed().accepted(),
        seen.took());
  }
}
