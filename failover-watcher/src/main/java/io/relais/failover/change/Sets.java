package io.relais.failover.change;

import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.dns.RrSet;
import java.time.Duration;
import java.util.function.Predicate;

/** Small operations on sets of records. */
final class Sets {
  private Sets() {}

  /** The records of both, with the first one's TTL if it has records. */
  static RrSet union(RrSet one, RrSet other) {
    return new RrSet(
        one.key(),
        one.isEmpty() ? other.ttl() : one.ttl(),
        ImmutableSortedSet.<String>naturalOrder()
            .addAll(one.values())
            .addAll(other.values())
            .build());
  }

  /** Those records whose value is so. */
  static RrSet only(RrSet set, Predicate<String> wanted) {
    return withValues(
        set,
        set.ttl(),
        set.values().stream()
            .filter(wanted)
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo)));
  }

  /** A set of that key; of no records if there are no values. */
  static RrSet withValues(RrSet like, Duration ttl, ImmutableSortedSet<String> values) {
    return values.isEmpty() ? RrSet.none(like.key()) : new RrSet(like.key(), ttl, values);
  }
}
