package io.relais.failover.observe;

import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.address.StableAddress;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.decide.ChangeStatus;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.net.IpFamily;
import io.relais.failover.observe.ContextChecks.ContextResults;
import io.relais.failover.state.PersistentState;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Looks at production and, where that or a command gives reason to, at everything else in the same
 * round and at the same time. For one thread.
 */
public final class Observer {
  /** While all is well, the backup itself is looked at so often. */
  private static final Duration IDLE_LOOK = Duration.ofSeconds(30);

  private final ProductionCheck production;
  private final ContextChecks around;
  private final RecordTracker zone;
  private final CertificateReload reload;
  private Optional<Instant> idleLook = Optional.empty();

  public Observer(
      ProductionCheck production,
      ContextChecks around,
      RecordTracker zone,
      CertificateReload reload) {
    this.reload = reload;
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
  public record Occasion(
      ChangeStatus change, Optional<Command> command, boolean decisive, Instant now) {}

  /** What came of it: what was seen, and the memory with what was learned. */
  public record ObservedRound(RoundObservation seen, PersistentState memory) {}

  /** Told when production begins to fail, before anything else is waited for. */
  @FunctionalInterface
  public interface OutageListener {
    void began() throws InterruptedException;
  }

  /** Looks. Blocks for as long as the slowest look's own limits. */
  public ObservedRound observe(
      PersistentState persistentState, Occasion occasion, OutageListener listener)
      throws InterruptedException {
    long began = System.nanoTime();
    boolean alert = isAlert(persistentState, occasion);
    Optional<BackupAddresses> backup =
        around.addresses().addresses(persistentState.addresses(), occasion.now());
    try (ParallelChecks threads = new ParallelChecks()) {
      Future<Boolean> again = threads.submit(() -> occasion.decisive() && production.lookAgain());
      Future<SiteCheckResult> first = threads.submit(production::round);
      Future<Map<IpFamily, Verdict>> addresses =
          threads.submit(() -> addresses(persistentState, alert, occasion));
      Future<Optional<ContextResults>> early =
          threads.submit(
              () ->
                  alert
                      ? Optional.of(around.look(needsSight(persistentState, occasion), backup))
                      : Optional.empty());
      boolean idle = !alert && isIdleLookDue(occasion.now());
      Future<Optional<SiteCheckResult>> own =
          threads.submit(() -> idle ? Optional.of(around.backup().lookTwice()) : Optional.empty());
      RecordLocation location = location(backup, occasion);
      SiteCheckResult site = ParallelChecks.result(first);
      if (!site.up() && persistentState.outage().isEmpty()) {
        listener.began();
      }
      Optional<ContextResults> wide = ParallelChecks.result(early);
      if (wide.isEmpty() && !site.up()) {
        wide = Optional.of(around.look(true, backup));
      }
      if (location.place() == RecordPlace.OLD_BACKUP) {
        wide =
            Optional.of(
                wide.orElseGet(ContextResults::nothing).withCanaries(around.canaries().look()));
      }
      Map<IpFamily, Verdict> verdicts = ParallelChecks.result(addresses);
      PersistentState next = learn(persistentState, verdicts, site, occasion.now());
      boolean found = !site.up() && ParallelChecks.result(again);
      if (wide.flatMap(ContextResults::own).isPresent()) {
        CertificateReload.Reloaded reloaded =
            reload.look(
                wide.flatMap(ContextResults::own).orElseThrow(),
                next,
                mayComeToASwitch(site, wide.orElseThrow(), found, occasion));
        next = reloaded.memory();
        wide = Optional.of(wide.get().withOwn(reloaded.own()));
      }
      Assessment assessment =
          new Assessment(
              site, wide, ParallelChecks.result(own), found, location, said(verdicts), occasion);
      return assessment.of(next, around, began);
    }
  }

  /** As far as is known without the backup. */
  private static boolean mayComeToASwitch(
      SiteCheckResult site, ContextResults wide, boolean found, Occasion occasion) {
    boolean clear = wide.canaries().filter(CanaryCheck.CanaryReading::enough).isPresent();
    return occasion.command().equals(Optional.of(Command.SWITCH))
        || (occasion.decisive() && !site.up() && !found && clear);
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

  /** While the records are being changed, the change itself looks at them. */
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
  public boolean stillClear() throws InterruptedException {
    return around.canaries().look().enough();
  }

  private static boolean isAlert(PersistentState persistentState, Occasion occasion) {
    return persistentState.watch().phase() != Phase.UP
        || occasion.command().isPresent()
        || occasion.change() != ChangeStatus.NONE;
  }

  /** On the backup the canaries are left in peace. */
  private static boolean needsSight(PersistentState persistentState, Occasion occasion) {
    return occasion.command().isPresent()
        || switch (persistentState.watch().phase()) {
          case UP, SUSPECT, DOWN, BLIND -> true;
          case SWITCHING, ON_BACKUP, RECOVERING, FAILING_BACK, HALTED -> false;
        };
  }

  private Map<IpFamily, Verdict> addresses(
      PersistentState persistentState, boolean alert, Occasion occasion)
      throws InterruptedException {
    boolean urgent = alert && needsSight(persistentState, occasion);
    return urgent || around.addresses().due(persistentState, occasion.now())
        ? around.addresses().ask()
        : Map.of();
  }

  private static String said(Map<IpFamily, Verdict> verdicts) {
    return verdicts.isEmpty()
        ? "it is not agreed on yet"
        : verdicts.values().stream().map(Verdict::detail).collect(Collectors.joining("; "));
  }

  private static PersistentState learn(
      PersistentState persistentState,
      Map<IpFamily, Verdict> verdicts,
      SiteCheckResult site,
      Instant now) {
    StableAddress known = persistentState.addresses();
    for (Map.Entry<IpFamily, Verdict> verdict : verdicts.entrySet()) {
      known = known.observe(verdict.getKey(), verdict.getValue(), now);
    }
    PersistentState next =
        verdicts.isEmpty() ? persistentState : persistentState.withAddresses(known, now);
    return site.up() || next.outage().isPresent() ? next : next.withOutage(Optional.of(now));
  }
}
