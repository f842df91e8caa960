package io.relais.failover.dns.api;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Compares what is there with what is to be, and says the fewest calls between. Pure. */
public final class RecordPlan {
  private RecordPlan() {}

  /**
   * One call that changes a record.
   *
   * @param <R> the provider's records
   */
  public sealed interface Step<R extends StoredRecord> {
    /** Another address or TTL for a record that is there. */
    record Overwrite<R extends StoredRecord>(RecordKey key, R record, String value, long ttl)
        implements Step<R> {}

    /** One record more. */
    record Add<R extends StoredRecord>(RecordKey key, String value, long ttl) implements Step<R> {}

    /** One record less. */
    record Remove<R extends StoredRecord>(R record) implements Step<R> {}

    /**
     * When it is done: what goes, goes last, so that a name that is to have an address always has
     * one, even if somebody else publishes the zone in between.
     */
    default int phase() {
      return switch (this) {
        case Overwrite<R> _ -> 0;
        case Add<R> _ -> 1;
        case Remove<R> _ -> 2;
      };
    }
  }

  /** What a provider makes of a TTL that it is given. */
  public interface TtlRule {
    /**
     * Says it.
     *
     * @param ttl in seconds; zero for the provider's default
     * @return as the provider's records have it
     */
    long effective(RecordKey key, long ttl);
  }

  /**
   * The calls, in the order in which they are safe.
   *
   * @param found the records of each key of the change, in an order that stays the same
   * @throws DnsProviderException conflict, if a record is neither of before nor of after
   */
  public static <R extends StoredRecord> ImmutableList<Step<R>> of(
      ZoneChange change, ImmutableMap<RecordKey, ImmutableList<R>> found, TtlRule rule)
      throws DnsProviderException {
    List<Step<R>> steps = new ArrayList<>();
    for (Replacement replacement : change.replacements()) {
      ImmutableList<R> records = found.getOrDefault(replacement.before().key(), ImmutableList.of());
      requireOurs(replacement, records);
      RrSet after = replacement.after();
      long ttl = rule.effective(after.key(), after.ttl().toSeconds());
      steps.addAll(steps(after, ttl, records));
    }
    steps.sort(Comparator.comparingInt(Step::phase));
    return ImmutableList.copyOf(steps);
  }

  /**
   * Whether the records have the values that the change is to bring, each once, and no other.
   *
   * @param found the records of each key of the change
   */
  public static <R extends StoredRecord> boolean holds(
      ZoneChange change, ImmutableMap<RecordKey, ImmutableList<R>> found) {
    return change.replacements().stream()
        .map(Replacement::after)
        .allMatch(
            after ->
                after
                    .values()
                    .asList()
                    .equals(
                        found.getOrDefault(after.key(), ImmutableList.of()).stream()
                            .map(StoredRecord::value)
                            .sorted()
                            .toList()));
  }

  private static <R extends StoredRecord> void requireOurs(
      Replacement replacement, ImmutableList<R> records) throws DnsProviderException {
    Set<String> ours = Sets.union(replacement.before().values(), replacement.after().values());
    ImmutableSet<String> foreign =
        records.stream()
            .map(StoredRecord::value)
            .filter(value -> !ours.contains(value))
            .collect(ImmutableSet.toImmutableSet());
    if (!foreign.isEmpty()) {
      throw DnsProviderException.conflict(
          replacement.before().key()
              + " holds "
              + String.join(", ", foreign)
              + ", expected was only "
              + String.join(", ", ours)
              + ": somebody else changed it; look at the zone and decide");
    }
  }

  private static <R extends StoredRecord> List<Step<R>> steps(
      RrSet after, long ttl, ImmutableList<R> records) {
    Set<String> missing = new TreeSet<>(after.values());
    Deque<R> surplus = new ArrayDeque<>();
    List<Step<R>> steps = new ArrayList<>();
    Set<String> kept = new HashSet<>();
    for (R record : records) {
      if (after.values().contains(record.value()) && kept.add(record.value())) {
        missing.remove(record.value());
        if (record.ttl() != ttl) {
          steps.add(new Step.Overwrite<>(after.key(), record, record.value(), ttl));
        }
      } else {
        surplus.add(record);
      }
    }
    for (String value : missing) {
      steps.add(
          surplus.isEmpty()
              ? new Step.Add<>(after.key(), value, ttl)
              : new Step.Overwrite<>(after.key(), surplus.remove(), value, ttl));
    }
    surplus.forEach(record -> steps.add(new Step.Remove<>(record)));
    return steps;
  }
}
