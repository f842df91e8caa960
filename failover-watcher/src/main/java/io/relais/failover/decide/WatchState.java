package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.Optional;

/**
 * All that the decision remembers from round to round. Plain values, so that it can be kept on disk
 * between two runs.
 *
 * @param phase where it stands
 * @param since when the phase began
 * @param failures failed rounds since production was last well for {@code successes} rounds in a
 *     row
 * @param goodRounds good rounds in a row, up to the last
 * @param samples the rounds of the failure window, oldest first
 * @param healthySince when production's present unbroken health began
 * @param onBackupSince when the last switch was verified, while the records are at the backup
 * @param switches when each switch of the last 24 hours began, oldest first
 * @param lastRound when the last round was
 * @param reason why the phase is what it is, for people; empty if there is nothing to say
 */
public record WatchState(
    Phase phase,
    Instant since,
    int failures,
    int goodRounds,
    ImmutableList<Sample> samples,
    Optional<Instant> healthySince,
    Optional<Instant> onBackupSince,
    ImmutableList<Instant> switches,
    Optional<Instant> lastRound,
    String reason) {
  /** One round of production's probes. */
  public record Sample(Instant at, boolean ok) {}

  /** Nothing is known yet: up until something else is seen. */
  public static WatchState initial(Instant now) {
    return new WatchState(
        Phase.UP,
        now,
        0,
        0,
        ImmutableList.of(),
        Optional.empty(),
        Optional.empty(),
        ImmutableList.of(),
        Optional.empty(),
        "");
  }
}
