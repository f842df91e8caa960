package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Sets of records by key; a key that is not there has no records. The static methods work on a
 * single set.
 */
record RecordSets(ImmutableMap<RecordKey, RrSet> sets) {
  static RecordSets of(Collection<RrSet> sets) {
    return new RecordSets(sets.stream().collect(toImmutableMap(RrSet::key, set -> set)));
  }

  /** A name's keys, one of each type. */
  static ImmutableList<RecordKey> keys(String name) {
    return Stream.of(RecordType.values())
        .map(type -> new RecordKey(name, type))
        .collect(toImmutableList());
  }

  /** The keys of all these names. */
  static ImmutableSet<RecordKey> keys(Collection<String> names) {
    return names.stream().flatMap(name -> keys(name).stream()).collect(toImmutableSet());
  }

  RrSet get(RecordKey key) {
    return sets.getOrDefault(key, RrSet.none(key));
  }

  ImmutableList<RrSet> of(String name) {
    return keys(name).stream().map(this::get).collect(toImmutableList());
  }

  ImmutableSet<String> names() {
    return sets.keySet().stream().map(RecordKey::name).collect(toImmutableSet());
  }

  boolean has(String name) {
    return keys(name).stream().anyMatch(sets::containsKey);
  }

  boolean isEmpty(String name) {
    return of(name).stream().allMatch(RrSet::isEmpty);
  }

  /** The TTL of a set, or where it has no records, of its sibling. */
  Duration ttl(RecordKey key) {
    return Stream.concat(Stream.of(get(key)), of(key.name()).stream())
        .filter(set -> !set.isEmpty())
        .findFirst()
        .map(RrSet::ttl)
        .orElse(Duration.ZERO);
  }

  /** Both sets of each of these names, as that function makes them. */
  static RecordSets ofNames(Collection<String> names, Function<RecordKey, RrSet> making) {
    return of(names.stream().flatMap(name -> keys(name).stream()).map(making).toList());
  }

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

  /** Those records whose value is wanted. */
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
