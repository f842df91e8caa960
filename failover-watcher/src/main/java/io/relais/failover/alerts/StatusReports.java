package io.relais.failover.alerts;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Phase;
import io.relais.failover.observe.RoundObservation;
import io.relais.failover.observe.RoundReport;
import io.relais.failover.observe.WatchOnlyChecks;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.StatusReport;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** From a round to what people read. */
public final class StatusReports {
  private StatusReports() {}

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

  public static StatusReport of(
      PersistentState persistentState,
      Optional<RoundReport> report,
      Optional<String> site,
      ImmutableList<WatchOnlyChecks.WatchReading> looks,
      Instant now) {
    return new StatusReport(
        StatusReport.VERSION,
        ProcessHandle.current().pid(),
        now,
        report.map(done -> failover(persistentState, done, site.orElse(""))),
        looks.stream()
            .map(
                watchReading ->
                    new StatusReport.Watch(
                        watchReading.name(),
                        watchReading.state().up(),
                        watchReading.state().since(),
                        StatusReport.Probe.of(watchReading.results())))
            .collect(ImmutableList.toImmutableList()));
  }

  private static StatusReport.Failover failover(
      PersistentState persistentState, RoundReport report, String site) {
    RoundObservation roundObservation = report.seen();
    return new StatusReport.Failover(
        site,
        word(persistentState.watch().phase()),
        persistentState.watch().since(),
        report.refusal().orElse(persistentState.watch().reason()),
        StatusReport.Probe.of(roundObservation.probes()),
        StatusReport.Probe.of(roundObservation.own()),
        BackupReadinessNotices.unready(persistentState),
        roundObservation.canaries(),
        roundObservation.backup().map(Object::toString),
        roundObservation.location().place().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        roundObservation.location().detail(),
        report.result().changing() ? report.result().outcome().detail() : "",
        report.result().changing() && !report.result().accepted(),
        roundObservation.took());
  }
}
