package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.probe.ProbeResult;
import java.time.Duration;
import java.util.Optional;

/**
 * All that one round saw: what the decision needs, and what people want to know.
 *
 * @param probes of production
 * @param own probes of the backup itself; none if it was not asked
 * @param copies what is wrong with the copies, a line each
 * @param canaries what they said, for people; empty if they were not asked
 * @param backup where the records would point
 * @param location where the records point
 * @param took how long it took
 */
public record RoundObservation(
    Observation observation,
    ImmutableList<ProbeResult> probes,
    ImmutableList<ProbeResult> own,
    ImmutableList<String> copies,
    String canaries,
    Optional<BackupAddresses> backup,
    RecordLocation location,
    Duration took) {
  /** The same, but our view of production is in doubt. */
  public RoundObservation blinded(String why) {
    return new RoundObservation(
        observation.blinded(why), probes, own, copies, canaries, backup, location, took);
  }

  /** The same, but the records are elsewhere by now. */
  public RoundObservation locatedAt(RecordPlace where, String detail) {
    return new RoundObservation(
        observation,
        probes,
        own,
        copies,
        canaries,
        backup,
        new RecordLocation(where, detail),
        took);
  }
}
