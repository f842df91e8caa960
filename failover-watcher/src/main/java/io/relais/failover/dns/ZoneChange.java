package io.relais.failover.dns;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Comparator;

/**
 * From what to what some records of one zone are to go. Nothing else in the zone is touched.
 *
 * @param zone its name, in lower case, without the dot at the end
 */
public record ZoneChange(String zone, ImmutableList<Replacement> replacements) {
  /** One set of records, as it was found and as it is to be; both may be empty. */
  public record Replacement(RrSet before, RrSet after) {
    public Replacement {
      checkArgument(before.key().equals(after.key()), "%s becomes %s", before, after);
    }

    /** Values that are neither before nor after: somebody else's. */
    public ImmutableSortedSet<String> strangers(RrSet current) {
      return current.values().stream()
          .filter(value -> !before.values().contains(value) && !after.values().contains(value))
          .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder()));
    }
  }

  /** Of the sets that it replaces. */
  public ImmutableSet<RecordKey> keys() {
    return replacements.stream()
        .map(step -> step.after().key())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** The way back. */
  public ZoneChange reversed() {
    return new ZoneChange(
        zone,
        replacements.stream()
            .map(step -> new Replacement(step.after(), step.before()))
            .collect(ImmutableList.toImmutableList()));
  }
}
