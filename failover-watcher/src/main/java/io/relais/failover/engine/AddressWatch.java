package io.relais.failover.engine;

import com.google.common.collect.Comparators;
import com.google.common.net.InetAddresses;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.address.StableAddress;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/** The backup's public address over the rounds. */
final class AddressWatch {
  /**
   * An address that the sources have not agreed on for so long is no longer ours for sure: a
   * dynamic one goes to another customer. Long enough for a service to have its trouble.
   */
  private static final Duration LASTS = Duration.ofHours(1);

  private final AddressFinder finder;
  private final Set<IpFamily> families;
  private final Duration interval;

  AddressWatch(AddressFinder finder, Set<IpFamily> families, Duration interval) {
    this.finder = finder;
    this.families = families;
    this.interval = interval;
  }

  /**
   * Whether it is time to ask: every interval, twice as often on the backup, which has to be
   * followed, and in each round while an address is in doubt.
   */
  boolean due(Memory memory, Instant now) {
    Duration pause = memory.watch().onBackupSince().isPresent() ? interval.dividedBy(2) : interval;
    return memory
            .addressesAsked()
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(pause) < 0)
            .isEmpty()
        || families.stream().anyMatch(family -> isInDoubt(memory.addresses(), family));
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
    Parallel.all(tasks).forEach(entry -> verdicts.put(entry.getKey(), entry.getValue()));
    return verdicts;
  }

  /** Where the records would point: empty unless the address that is needed most is known. */
  Optional<BackupAddresses> addresses(StableAddress known, Instant now) {
    return counting(known, needed(), now).isEmpty()
        ? Optional.empty()
        : Optional.of(
            new BackupAddresses(
                counting(known, IpFamily.V4, now), counting(known, IpFamily.V6, now)));
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

  /** Of an address that was known and counts no more, for people; empty otherwise. */
  Optional<String> outdated(StableAddress known, Instant now) {
    Optional<InetAddress> address = known.stable(needed());
    return address
        .filter(_ -> !isFresh(known, needed(), now))
        .flatMap(_ -> known.confirmedAt(needed()))
        .map(
            at ->
                "%s was confirmed %s ago, and may be somebody else's by now"
                    .formatted(
                        InetAddresses.toAddrString(address.get()),
                        Texts.duration(Duration.between(at, now))));
  }
}
