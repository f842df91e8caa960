package io.relais.failover.engine;

import io.relais.failover.address.AddressFinder;
import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.address.StableAddress;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.net.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The backup's public address over the rounds. */
final class AddressWatch {
  private final AddressFinder finder;
  private final Set<IpFamily> families;
  private final Duration interval;

  AddressWatch(AddressFinder finder, Set<IpFamily> families, Duration interval) {
    this.finder = finder;
    this.families = families;
    this.interval = interval;
  }

  /** Whether it is time to ask: every interval, and in each round while an address is in doubt. */
  boolean due(StableAddress known, Optional<Instant> asked, boolean alert, Instant now) {
    return alert
        || asked.isEmpty()
        || asked.get().isAfter(now)
        || Duration.between(asked.get(), now).compareTo(interval) >= 0
        || families.stream().anyMatch(family -> !known.stable(family).equals(known.latest(family)));
  }

  /** Asks, for each family at once; blocks for the sources' own limits. */
  Map<IpFamily, Verdict> ask() throws InterruptedException {
    Map<IpFamily, Verdict> verdicts = new EnumMap<>(IpFamily.class);
    var tasks =
        families.stream()
            .<java.util.concurrent.Callable<Map.Entry<IpFamily, Verdict>>>map(
                family -> () -> Map.entry(family, finder.find(family)))
            .toList();
    Parallel.all(tasks).forEach(entry -> verdicts.put(entry.getKey(), entry.getValue()));
    return verdicts;
  }

  /** Where the records would point: empty unless the address that is needed most is known. */
  Optional<BackupAddresses> addresses(StableAddress known) {
    IpFamily needed = families.contains(IpFamily.V4) ? IpFamily.V4 : IpFamily.V6;
    return known.stable(needed).isEmpty()
        ? Optional.empty()
        : Optional.of(new BackupAddresses(known.stable(IpFamily.V4), known.stable(IpFamily.V6)));
  }
}
