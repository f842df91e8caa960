package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.Standing;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Observation.Change;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.Observation.Zone;
import io.relais.failover.probe.ProbeResult;
import java.time.Duration;
import java.util.Optional;

/**
 * All that one round saw: what the decision needs, and what people want to know.
 *
 * @param probes of production
 * @param own probes of the backup itself; none if it was not asked
 * @param canaries what they said, for people; empty if they were not asked
 * @param backup where the records would point
 * @param standing where the records point
 * @param took how long it took
 */
record Seen(
    Observation observation,
    ImmutableList<ProbeResult> probes,
    ImmutableList<ProbeResult> own,
    String canaries,
    Optional<BackupAddresses> backup,
    Standing standing,
    Duration took) {
  /** The same, but our sight is in doubt. */
  Seen blinded(String why) {
    return with(
        new Observation(
            observation.production(),
            Sight.BLIND,
            observation.backup(),
            observation.zone(),
            observation.change(),
            observation.command(),
            why));
  }

  /** The same, but nobody asks for anything. */
  Seen uncommanded() {
    return with(
        new Observation(
            observation.production(),
            observation.sight(),
            observation.backup(),
            observation.zone(),
            observation.change(),
            Optional.empty(),
            observation.reasons()));
  }

  /**
   * The same round after its action: production is not counted twice, the command is done, and
   * where the records were seen before says nothing any more.
   */
  Seen settled(Change change, String why) {
    return with(
        new Observation(
            Production.UNKNOWN,
            observation.sight(),
            observation.backup(),
            Zone.UNKNOWN,
            change,
            Optional.empty(),
            why));
  }

  /** The same, but the records are elsewhere by now. */
  Seen standingAt(Standing.Where where, String detail) {
    return new Seen(observation, probes, own, canaries, backup, new Standing(where, detail), took);
  }

  private Seen with(Observation next) {
    return new Seen(next, probes, own, canaries, backup, standing, took);
  }
}
