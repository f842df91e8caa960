package io.relais.failover.engine;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.decide.WatchState;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dyndns.DynDns;
import io.relais.failover.observe.AddressTracker;
import io.relais.failover.observe.Ports;
import io.relais.failover.state.PersistentState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the backup's own name at the address that the rounds found. For one thread. */
final class DynDnsRound {
  private static final Logger log = LoggerFactory.getLogger(DynDnsRound.class);

  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** A switch that comes at all has come by then. */
  private static final Duration UNDECIDED = Duration.ofMinutes(2);

  private final Ports.DynDnsSource source;
  private final AddressTracker addresses;
  private Optional<DynDns> dyndns = Optional.empty();
  private String trouble = "";
  private Optional<Instant> opened = Optional.empty();

  DynDnsRound(Ports.DynDnsSource source, AddressTracker addresses) {
    this.source = source;
    this.addresses = addresses;
  }

  /**
   * Updates the name if the address is not what it was last set to.
   *
   * @param changing whether a change of the site's records is under way
   */
  PersistentState round(PersistentState persistentState, boolean changing, Instant now)
      throws InterruptedException {
    Optional<BackupAddresses> known = addresses.addresses(persistentState.addresses(), now);
    if (known.isEmpty() || !isCalm(persistentState.watch(), now) || !open(now)) {
      return persistentState;
    }
    if (changing && dyndns.orElseThrow().publishes()) {
      return persistentState;
    }
    DynDns.Update result =
        dyndns.orElseThrow().update(known.get().v4(), known.get().v6(), persistentState.dyndns());
    switch (result.status()) {
      case UNCHANGED, HELD -> {}
      case UPDATED -> {
        log.info("the backup's own name: {}", result.detail());
        trouble = "";
      }
      case FAILED, REFUSED -> complain(result.detail());
    }
    return persistentState.withDynDns(result.state());
  }

  /** Its lookup may take long, so it is not tried in each round. */
  private boolean open(Instant now) throws InterruptedException {
    boolean early =
        opened
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(PAUSE) < 0)
            .isPresent();
    if (dyndns.isEmpty() && !early) {
      opened = Optional.of(now);
      try {
        dyndns = Optional.of(source.open());
      } catch (DnsLookupException e) {
        complain(String.valueOf(e.getMessage()));
      }
    }
    return dyndns.isPresent();
  }

  private void complain(String text) {
    if (!text.equals(trouble)) {
      log.warn("the backup's own name can't be set: {}", text);
      trouble = text;
    }
  }

  /**
   * It does not delay a switch, but for one that has not come for minutes: production may be down
   * for days with nothing to switch to, and the way to the backup must not be lost over that.
   */
  private static boolean isCalm(WatchState watch, Instant now) {
    return switch (watch.phase()) {
      case UP, ON_BACKUP, RECOVERING, HALTED -> true;
      case SUSPECT, DOWN, BLIND -> Duration.between(watch.since(), now).compareTo(UNDECIDED) >= 0;
      case SWITCHING, FAILING_BACK -> false;
    };
  }
}
