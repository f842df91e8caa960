package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Function;
import java.util.stream.Stream;

/** Sets of records by key; a key that is not there has no records. */
record RecordSets(ImmutableMap<RecordKey, RrSet> sets) {
  static final RecordSets NONE = new RecordSets(ImmutableMap.of());

  static RecordSets of(Collection<RrSet> sets) {
    return new RecordSets(sets.stream().collect(toImmutableMap(RrSet::key, set -> set)));
  }

  /** A name's keys, one of each type. */
  static ImmutableList<RecordKey> keys(String name) {
    return Stream.of(RecordType.values())
        .map(type -> new RecordKey(name, type))
        .collect(toImmutableList());
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

  /** Both sets of each of these names, made anew. */
  static RecordSets each(Collection<String> names, Function<RecordKey, RrSet> making) {
    return of(names.stream().flatMap(name -> keys(name).stream()).map(making).toList());
  }
}
