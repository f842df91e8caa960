package io.relais.failover.change;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.util.Optional;

/**
 * What the journal holds.
 *
 * @param original what a fail-back restores, as found by the first switch; empty when not switched
 * @param backups every address of the backup that was put in since that switch began, in canonical
 *     text; kept after the fail-back, for a request that arrives late
 * @param last the last change that came to its end
 */
public record JournalState(
    Optional<PendingChange> underWay,
    ImmutableMap<RecordKey, RrSet> original,
    ImmutableSet<String> backups,
    Optional<CompletedChange> last) {
  /** Nothing was ever changed. */
  public static final JournalState EMPTY =
      new JournalState(Optional.empty(), ImmutableMap.of(), ImmutableSet.of(), Optional.empty());

  /** Whether a text is an address that the backup had, or that a fail-back restores. */
  public boolean knows(String address) {
    return backups.contains(address)
        || original.values().stream().anyMatch(set -> set.values().contains(address));
  }

  JournalState with(PendingChange pending) {
    return new JournalState(Optional.of(pending), original, backups, last);
  }

  /**
   * After the end of a change.
   *
   * @param home whether it has left nothing but production's addresses
   */
  JournalState after(CompletedChange finished, boolean home) {
    return new JournalState(
        Optional.empty(), home ? ImmutableMap.of() : original, backups, Optional.of(finished));
  }
}
