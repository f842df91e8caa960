package io.relais.failover.dns.ovh;

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
final class OvhPlan {
  private OvhPlan() {}

  /**
   * The calls, in the order in which they are safe.
   *
   * @param found the records of each key of the change
   * @throws DnsProviderException conflict, if a record is neither of before nor of after
   */
  static ImmutableList<OvhStep> of(
      ZoneChange change, ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found)
      throws DnsProviderException {
    List<OvhStep> steps = new ArrayList<>();
    for (Replacement replacement : change.replacements()) {
      ImmutableList<OvhRecord> records =
          found.getOrDefault(replacement.before().key(), ImmutableList.of());
      requireOurs(replacement, records);
      steps.addAll(steps(replacement.after(), records));
    }
    steps.sort(Comparator.comparingInt(OvhStep::phase));
    return ImmutableList.copyOf(steps);
  }

  private static void requireOurs(Replacement replacement, ImmutableList<OvhRecord> records)
      throws DnsProviderException {
    Set<String> ours = Sets.union(replacement.before().values(), replacement.after().values());
    ImmutableSet<String> foreign =
        records.stream()
            .map(OvhRecord::value)
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

  private static List<OvhStep> steps(RrSet after, ImmutableList<OvhRecord> records) {
    long ttl = OvhRecord.effective(after.ttl().toSeconds());
    Set<String> missing = new TreeSet<>(after.values());
    Deque<OvhRecord> surplus = new ArrayDeque<>();
    List<OvhStep> steps = new ArrayList<>();
    Set<String> kept = new HashSet<>();
    for (OvhRecord record : byId(records)) {
      if (after.values().contains(record.value()) && kept.add(record.value())) {
        missing.remove(record.value());
        if (record.ttl() != ttl) {
          steps.add(new OvhStep.Put(record, record.value(), ttl));
        }
      } else {
        surplus.add(record);
      }
    }
    for (String value : missing) {
      steps.add(
          surplus.isEmpty()
              ? new OvhStep.Post(after.key(), value, ttl)
              : new OvhStep.Put(surplus.remove(), value, ttl));
    }
    surplus.forEach(record -> steps.add(new OvhStep.Delete(record)));
    return steps;
  }

  private static ImmutableList<OvhRecord> byId(ImmutableList<OvhRecord> records) {
    return ImmutableList.sortedCopyOf(Comparator.comparingLong(OvhRecord::id), records);
  }
}
