package io.relais.failover.change;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.RrSet;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Records of the site's names that hold neither production's address nor the backup's. Most often
 * nobody put them there: {@code production} lacks one, as an AAAA next to an A. {@link #text} says
 * what to do about them. Immutable.
 *
 * @param production what the configuration lists, in canonical text
 * @param records the sets, each with such values alone
 */
public record UnlistedRecords(ImmutableSet<String> production, ImmutableList<RrSet> records) {
  /**
   * Looks for them.
   *
   * @param production the configured addresses, in canonical text (RFC 5952)
   * @param isBackup whether such a text is an address that the backup has or had
   * @param found sets of the site's names
   * @return empty if there are none
   */
  public static Optional<UnlistedRecords> find(
      ImmutableSet<String> production, Predicate<String> isBackup, Collection<RrSet> found) {
    ImmutableList<RrSet> records =
        found.stream()
            .map(
                set ->
                    RecordSets.only(
                        set, value -> !production.contains(value) && !isBackup.test(value)))
            .filter(set -> !set.isEmpty())
            .distinct()
            .collect(ImmutableList.toImmutableList());
    return records.isEmpty()
        ? Optional.empty()
        : Optional.of(new UnlistedRecords(production, records));
  }

  /** The line for {@code [site]} that makes all of them production's. */
  public String line() {
    return Stream.concat(
            production.stream(), records.stream().flatMap(set -> set.values().stream()))
        .distinct()
        .map(address -> '"' + address + '"')
        .collect(Collectors.joining(", ", "production = [", "]"));
  }

  /** What stands there, and what to do about it; for people, in one line. */
  public String text() {
    boolean one = records.stream().mapToInt(set -> set.values().size()).sum() == 1;
    return "%s, %s 'production' below [site] nor %s of the backup; if production serves there, write %s, otherwise take %s out of the zone"
        .formatted(
            records.stream().map(UnlistedRecords::named).collect(Collectors.joining(", and ")),
            one ? "which is neither in" : "which are neither in",
            one ? "an address" : "addresses",
            line(),
            one ? "it" : "them");
  }

  /**
   * The other way in which a name is neither at production nor at the backup: it has no record.
   *
   * @param found sets of the site's names, both of each
   */
  static String missing(Collection<RrSet> found) {
    ImmutableSet<String> with =
        found.stream()
            .filter(set -> !set.isEmpty())
            .map(set -> set.key().name())
            .collect(ImmutableSet.toImmutableSet());
    return found.stream()
            .map(set -> set.key().name())
            .filter(name -> !with.contains(name))
            .distinct()
            .collect(Collectors.joining(", "))
        + " has neither an A nor an AAAA record; make one, or take the name out of 'names' below"
        + " [site]";
  }

  private static String named(RrSet set) {
    return set.key() + " is " + String.join(", ", set.values());
  }
}
