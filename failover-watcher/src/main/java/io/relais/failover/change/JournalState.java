package io.relais.failover.change;

import static com.google.common.collect.ImmutableSortedSet.toImmutableSortedSet;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

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
  /**
   * A change that was seen at the authoritative servers.
   *
   * @param undone whether it was reversed on the way
   * @param since when it was begun
   * @param published when the provider accepted it, and how often
   * @param visible when it was seen everywhere
   */
  public record CompletedChange(
      String id,
      ChangeKind kind,
      boolean undone,
      Instant since,
      Progress.Published published,
      Instant visible) {}

  /** Nothing was ever changed. */
  public static final JournalState EMPTY =
      new JournalState(Optional.empty(), ImmutableMap.of(), ImmutableSet.of(), Optional.empty());

  /** Whether a text is an address that the backup had, or that a fail-back restores. */
  public boolean knows(String address) {
    return backups.contains(address)
        || original.values().stream().anyMatch(set -> set.values().contains(address));
  }

  /** The names that a change may touch: those configured, and those that were moved. */
  ImmutableSortedSet<String> names(ChangeSettings settings) {
    Stream<RecordKey> moved =
        Stream.concat(
            original.keySet().stream(),
            underWay.stream().flatMap(pending -> pending.back().keySet().stream()));
    return Stream.concat(settings.names().stream(), moved.map(RecordKey::name))
        .collect(toImmutableSortedSet(Comparator.naturalOrder()));
  }

  JournalState withUnderWay(PendingChange pending) {
    return new JournalState(Optional.of(pending), original, backups, last);
  }

  /**
   * After the end of a change.
   *
   * @param atProduction whether it has left nothing but production's addresses
   */
  JournalState completed(CompletedChange change, boolean atProduction) {
    return new JournalState(
        Optional.empty(),
        atProduction ? ImmutableMap.of() : original,
        backups,
        Optional.of(change));
  }
}
