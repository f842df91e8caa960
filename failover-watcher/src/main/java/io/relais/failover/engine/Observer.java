package io.relais.failover.engine;

import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.address.StableAddress;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.decide.ChangeStatus;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.net.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Looks at production and, where that or a command gives reason to, at everything else in the same
 * round and at the same time. For one thread.
 */
final class Observer {
  /** While all is well, the backup itself is looked at so often. */
  private static final Duration IDLE_LOOK = Duration.ofMinutes(10);

  private final ProductionCheck production;
  private final Surroundings around;
  private final ZoneWatch zone;
  private Optional<Instant> idleLook = Optional.empty();

  Observer(ProductionCheck production, Surroundings around, ZoneWatch zone) {
    this.production = production;
    this.around = around;
    this.zone = zone;
  }

  /**
   * What a round is about.
   *
   * @param change how the change of the zone stands
   * @param decisive whether a failure in this round would switch: then production is looked at
   *     again, so that a site that fails now and then is not taken for one that is down
   */
  record Occasion(ChangeStatus change, Optional<Command> command, boolean decisive, Instant now) {}

  /** What came of it: what was seen, and the memory with what was learned. */
  record Result(Seen seen, Memory memory) {}

  /** Looks. Blocks for as long as the slowest look's own limits. */
  Result observe(Memory memory, Occasion occasion) throws InterruptedException {
    long began = System.nanoTime();
    boolean alert = isAlert(memory, occasion);
    Optional<BackupAddresses> backup =
        around.addresses().addresses(memory.addresses(), occasion.now());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        Future<Boolean> again = threads.submit(() -> occasion.decisive() && production.lookAgain());
        Future<SiteLook> first = threads.submit(production::round);
        Future<Map<IpFamily, Verdict>> addresses =
            threads.submit(() -> addresses(memory, alert, occasion));
        Future<Optional<Wide>> early =
            threads.submit(
                () ->
                    alert
                        ? Optional.of(Wide.look(around, needsSight(memory, occasion), backup))
                        : Optional.empty());
        boolean idle = !alert && isIdleLookDue(occasion.now());
        Future<Optional<SiteLook>> own =
            threads.submit(
                () -> idle ? Optional.of(around.backup().lookTwice()) : Optional.empty());
        RecordLocation location = location(backup, occasion);
        SiteLook site = Parallel.result(first);
        Optional<Wide> wide = Parallel.result(early);
        if (wide.isEmpty() && !site.up()) {
          wide = Optional.of(Wide.look(around, true, backup));
        }
        if (location.place() == RecordPlace.OLD_BACKUP) {
          wide = Optional.of(wide.orElseGet(Wide::nothing).withCanaries(around.canaries().look()));
        }
        Map<IpFamily, Verdict> verdicts = Parallel.result(addresses);
        Memory next = learn(memory, verdicts, site, occasion.now());
        boolean found = !site.up() && Parallel.result(again);
        Conclusion conclusion =
            new Conclusion(
                site, wide, Parallel.result(own), found, location, said(verdicts), occasion);
        return conclusion.of(next, around, began);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  /** What ails the backup, its certificate above all, must be known before it is needed. */
  private boolean isIdleLookDue(Instant now) {
    boolean early =
        idleLook
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(IDLE_LOOK) < 0)
            .isPresent();
    if (!early) {
      idleLook = Optional.of(now);
    }
    return !early;
  }

  /** While the records are on their way, whoever moves them looks at them. */
  private RecordLocation location(Optional<BackupAddresses> backup, Occasion occasion)
      throws InterruptedException {
    if (occasion.change() != ChangeStatus.NONE) {
      return new RecordLocation(RecordPlace.UNKNOWN, "they are being changed");
    }
    if (occasion.command().isPresent()) {
      zone.expire();
    }
    return zone.look(backup, occasion.now());
  }

  /** Whether enough canaries answer right now: asked just before a switch begins. */
  boolean stillClear() throws InterruptedException {
    return around.canaries().look().enough();
  }

  private static boolean isAlert(Memory memory, Occasion occasion) {
    return memory.watch().phase() != Phase.UP
        || occasion.command().isPresent()
        || occasion.change() != ChangeStatus.NONE;
  }

  /** On the backup the canaries are left in peace. */
  private static boolean needsSight(Memory memory, Occasion occasion) {
    return occasion.command().isPresent()
        || switch (memory.watch().phase()) {
          case UP, SUSPECT, DOWN, BLIND -> true;
          case SWITCHING, ON_BACKUP, RECOVERING, FAILING_BACK, HALTED -> false;
        };
  }

  private Map<IpFamily, Verdict> addresses(Memory memory, boolean alert, Occasion occasion)
      throws InterruptedException {
    boolean urgent = alert && needsSight(memory, occasion);
    return urgent || around.addresses().due(memory, occasion.now())
        ? around.addresses().ask()
        : Map.of();
  }

  private static String said(Map<IpFamily, Verdict> verdicts) {
    return verdicts.isEmpty()
        ? "it is not agreed on yet"
        : verdicts.values().stream().map(Verdict::detail).collect(Collectors.joining("; "));
  }

  private static Memory learn(
      Memory memory, Map<IpFamily, Verdict> verdicts, SiteLook site, Instant now) {
    StableAddress known = memory.addresses();
    for (Map.Entry<IpFamily, Verdict> verdict : verdicts.entrySet()) {
      known = known.observe(verdict.getKey(), verdict.getValue(), now);
    }
    Memory next = verdicts.isEmpty() ? memory : memory.withAddresses(known, now);
    return site.up() || next.outage().isPresent() ? next : next.withOutage(Optional.of(now));
  }
}
