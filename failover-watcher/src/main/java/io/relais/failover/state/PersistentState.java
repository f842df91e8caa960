package io.relais.failover.state;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.relais.failover.address.StableAddress;
import io.relais.failover.decide.WatchState;
import io.relais.failover.dyndns.DynDnsState;
import io.relais.failover.net.IpFamily;
import io.relais.failover.notify.Notice;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * All that is remembered from round to round, and between two runs on disk.
 *
 * @param version of this form; another is refused
 * @param watch the decision's own
 * @param addresses the backup's public address
 * @param addressesAsked when it was last asked for
 * @param pulses of the heartbeats, by mirror
 * @param outage when production began to fail, until it was well again
 * @param notBefore when the provider may be asked again, after it failed
 * @param told what people know
 * @param watches of what is only watched, by name
 * @param dyndns what the backup's own name was last set to
 * @param reloaded which certificates the backup's web server was last asked to load, instead of
 *     which
 * @param unsent notices that may not have reached the notifier before the process ended
 */
public record PersistentState(
    int version,
    WatchState watch,
    StableAddress addresses,
    Optional<Instant> addressesAsked,
    ImmutableMap<String, HeartbeatHistory> pulses,
    Optional<Instant> outage,
    Optional<Instant> notBefore,
    NoticeHistory told,
    ImmutableMap<String, Hysteresis> watches,
    DynDnsState dyndns,
    Optional<String> reloaded,
    ImmutableList<Notice> unsent) {
  static final int VERSION = 1;

  public static PersistentState initial(Instant now, StableAddress addresses) {
    return new PersistentState(
        VERSION,
        WatchState.initial(now),
        addresses,
        Optional.empty(),
        ImmutableMap.of(),
        Optional.empty(),
        Optional.empty(),
        NoticeHistory.NOTHING,
        ImmutableMap.of(),
        DynDnsState.unknown(),
        Optional.empty(),
        ImmutableList.of());
  }

  /**
   * What a kill must not lose: it would be done or told again, or not at all. The rest (counted
   * rounds, when something was last seen) may be a minute old on disk.
   */
  Object essence() {
    ImmutableList<ImmutableList<?>> known =
        Arrays.stream(IpFamily.values())
            .map(family -> ImmutableList.of(addresses.stable(family), addresses.previous(family)))
            .collect(ImmutableList.toImmutableList());
    return ImmutableList.of(
        watch.phase(),
        watch.onBackupSince(),
        watch.switches(),
        watch.pending(),
        watch.held(),
        known,
        outage,
        notBefore,
        told,
        ImmutableMap.copyOf(Maps.transformValues(watches, Hysteresis::up)),
        dyndns,
        reloaded,
        unsent);
  }

  /** The same under another number of rounds in which an address must be the same. */
  public PersistentState withRounds(int rounds) {
    return with(addresses.withRounds(rounds), addressesAsked);
  }

  public PersistentState withAddresses(StableAddress known, Instant asked) {
    return with(known, Optional.of(asked));
  }

  private PersistentState with(StableAddress known, Optional<Instant> asked) {
    return new PersistentState(
        version, watch, known, asked, pulses, outage, notBefore, told, watches, dyndns, reloaded,
        unsent);
  }

  public PersistentState withWatch(WatchState next) {
    return new PersistentState(
        version,
        next,
        addresses,
        addressesAsked,
        pulses,
        outage,
        notBefore,
        told,
        watches,
        dyndns,
        reloaded,
        unsent);
  }

  public PersistentState withPulses(ImmutableMap<String, HeartbeatHistory> next) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        next,
        outage,
        notBefore,
        told,
        watches,
        dyndns,
        reloaded,
        unsent);
  }

  public PersistentState withOutage(Optional<Instant> since) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        since,
        notBefore,
        told,
        watches,
        dyndns,
        reloaded,
        unsent);
  }

  public PersistentState withNotBefore(Optional<Instant> time) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        outage,
        time,
        told,
        watches,
        dyndns,
        reloaded,
        unsent);
  }

  public PersistentState withTold(NoticeHistory next) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        outage,
        notBefore,
        next,
        watches,
        dyndns,
        reloaded,
        unsent);
  }

  public PersistentState withWatches(ImmutableMap<String, Hysteresis> next) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        outage,
        notBefore,
        told,
        next,
        dyndns,
        reloaded,
        unsent);
  }

  public PersistentState withDynDns(DynDnsState next) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        outage,
        notBefore,
        told,
        watches,
        next,
        reloaded,
        unsent);
  }

  public PersistentState withReloaded(Optional<String> difference) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        outage,
        notBefore,
        told,
        watches,
        dyndns,
        difference,
        unsent);
  }

  public PersistentState withUnsent(ImmutableList<Notice> notices) {
    return new PersistentState(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        outage,
        notBefore,
        told,
        watches,
        dyndns,
        reloaded,
        notices);
  }
}
