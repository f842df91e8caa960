package io.relais.failover.dns;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;

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
