package io.relais.failover.observe;

import com.google.common.collect.Comparators;
import com.google.common.net.InetAddresses;
import io.relais.common.DurationFormat;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.address.StableAddress;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.net.IpFamily;
import io.relais.failover.state.PersistentState;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** The backup's public address over the rounds. */
public final class AddressTracker {
  /**
   * An address that the sources have not agreed on for so long is no longer ours for sure: a
   * dynamic one goes to another customer. Long enough for a service to have its trouble.
   */
  private static final Duration LASTS = Duration.ofHours(1);

  private final AddressFinder finder;
  private final Set<IpFamily> families;
  private final Set<InetAddress> production;
  private final Duration interval;

  public AddressTracker(
      AddressFinder finder,
      Set<IpFamily> families,
      Set<InetAddress> production,
      Duration interval) {
    this.finder = finder;
    this.families = families;
    this.production = production;
    this.interval = interval;
  }

  /**
   * Whether it is time to ask: every interval, twice as often on the backup, which has to be
   * followed, and in each round while an address is in doubt.
   */
  boolean due(PersistentState persistentState, Instant now) {
    Duration pause =
        persistentState.watch().onBackupSince().isPresent() ? interval.dividedBy(2) : interval;
    return persistentState
            .addressesAsked()
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(pause) < 0)
            .isEmpty()
        || families.stream().anyMatch(family -> isInDoubt(persistentState.addresses(), family));
  }

  private static boolean isInDoubt(StableAddress known, IpFamily family) {
    return !known.stable(family).equals(known.latest(family));
  }

  /** Asks, for each family at once; blocks for the sources' own limits. */
  Map<IpFamily, Verdict> ask() throws InterruptedException {
    Map<IpFamily, Verdict> verdicts = new EnumMap<>(IpFamily.class);
    List<Callable<Map.Entry<IpFamily, Verdict>>> tasks =
        families.stream()
            .<Callable<Map.Entry<IpFamily, Verdict>>>map(
                family -> () -> Map.entry(family, finder.find(family)))
            .toList();
    ParallelChecks.all(tasks).forEach(entry -> verdicts.put(entry.getKey(), entry.getValue()));
    return verdicts;
  }

  /** Where the records would point: empty unless the address that is needed most is known. */
  public Optional<BackupAddresses> addresses(StableAddress known, Instant now) {
    return counting(known, needed(), now).isEmpty()
        ? Optional.empty()
        : Optional.of(BackupAddresses.of(family -> counting(known, family, now)));
  }

  private IpFamily needed() {
    return families.contains(IpFamily.V4) ? IpFamily.V4 : IpFamily.V6;
  }

  private Optional<InetAddress> counting(StableAddress known, IpFamily family, Instant now) {
    return known
        .stable(family)
        .filter(_ -> families.contains(family) && isFresh(known, family, now));
  }

  /** One set in the future, by a clock that was wrong then, is as good as one of now. */
  private boolean isFresh(StableAddress known, IpFamily family, Instant now) {
    Duration lasts = Comparators.max(LASTS, interval.multipliedBy(3));
    return known
        .confirmedAt(family)
        .filter(at -> Duration.between(at, now).compareTo(lasts) <= 0)
        .isPresent();
  }

  /** Whether the backup is said to be where production is, for people; empty if it isn't. */
  public Optional<String> clash(Optional<BackupAddresses> backup) {
    return backup.stream()
        .flatMap(known -> Stream.concat(known.v4().stream(), known.v6().stream()))
        .filter(production::contains)
        .findFirst()
        .map(
            address ->
                ("the backup's public address is said to be %s, which is one of 'production' below"
                        + " [site]; correct that, or look at [[backup.address]]")
                    .formatted(InetAddresses.toAddrString(address)));
  }

  /**
   * Why no address counts, for people.
   *
   * @param said what the sources said, in this round if they were asked
   */
  String missing(StableAddress known, String said, Instant now) {
    Optional<InetAddress> latest = known.latest(needed());
    boolean foundNow =
        known.confirmedAt(needed()).equals(Optional.of(now))
            && !latest.equals(known.stable(needed()));
    return foundNow
        ? ("the backup's public address is not certain yet: %s was found, and counts once %d rounds in a"
                + " row have found it")
            .formatted(InetAddresses.toAddrString(latest.orElseThrow()), known.rounds())
        : "the backup's public address is not known: "
            + outdated(known, now).map(why -> why + "; ").orElse("")
            + said;
  }

  /** Of an address that was known and counts no more, for people; empty otherwise. */
  private Optional<String> outdated(StableAddress known, Instant now) {
    Optional<InetAddress> address = known.stable(needed());
    return address
        .filter(_ -> !isFresh(known, needed(), now))
        .flatMap(_ -> known.confirmedAt(needed()))
        .map(
            at ->
                "%s was confirmed %s ago, and may be somebody else's by now"
                    .formatted(
                        InetAddresses.toAddrString(address.get()),
                        DurationFormat.of(Duration.between(at, now))));
  }
}
