package io.relais.failover.engine;

import com.google.common.collect.ImmutableMap;
import io.relais.failover.address.StableAddress;
import io.relais.failover.decide.WatchState;
import io.relais.failover.dyndns.DynDnsState;
import java.time.Instant;
import java.util.Optional;

/**
 * All that is remembered from round to round, and between two runs on disk.
 *
 * @param version of this form; another is refused
 * @param watch the decision's own
 * @param addresses the backup's public address
 * @param addressesAsked when it was last asked for
 * @param pulses of the heartbeats, by mirror
 * @param outage when production began to fail, while it does
 * @param blindTold whether a long blindness has been told
 * @param told days on which a thing was told that is told once a day, as day numbers by thing
 * @param watches of what is only watched, by name
 * @param dyndns what the backup's own name was last set to
 */
record Memory(
    int version,
    WatchState watch,
    StableAddress addresses,
    Optional<Instant> addressesAsked,
    ImmutableMap<String, Pulse> pulses,
    Optional<Instant> outage,
    boolean blindTold,
    ImmutableMap<String, Long> told,
    ImmutableMap<String, Hysteresis> watches,
    DynDnsState dyndns) {
  static final int VERSION = 1;

  static Memory initial(Instant now, StableAddress addresses) {
    return new Memory(
        VERSION,
        WatchState.initial(now),
        addresses,
        Optional.empty(),
        ImmutableMap.of(),
        Optional.empty(),
        false,
        ImmutableMap.of(),
        ImmutableMap.of(),
        DynDnsState.unknown());
  }

  /** The same under another number of rounds in which an address must be the same. */
  Memory withRounds(int rounds) {
    return new Memory(
        version,
        watch,
        addresses.withRounds(rounds),
        addressesAsked,
        pulses,
        outage,
        blindTold,
        told,
        watches,
        dyndns);
  }

  Memory withWatch(WatchState next) {
    return new Memory(
        version, next, addresses, addressesAsked, pulses, outage, blindTold, told, watches, dyndns);
  }

  Memory withAddresses(StableAddress known, Instant asked) {
    return new Memory(
        version,
        watch,
        known,
        Optional.of(asked),
        pulses,
        outage,
        blindTold,
        told,
        watches,
        dyndns);
  }

  Memory withPulses(ImmutableMap<String, Pulse> next) {
    return new Memory(
        version, watch, addresses, addressesAsked, next, outage, blindTold, told, watches, dyndns);
  }

  Memory withOutage(Optional<Instant> since) {
    return new Memory(
        version, watch, addresses, addressesAsked, pulses, since, blindTold, told, watches, dyndns);
  }

  Memory withBlindTold(boolean yes) {
    return new Memory(
        version, watch, addresses, addressesAsked, pulses, outage, yes, told, watches, dyndns);
  }

  Memory withTold(ImmutableMap<String, Long> days) {
    return new Memory(
        version,
        watch,
        addresses,
        addressesAsked,
        pulses,
        outage,
        blindTold,
        days,
        watches,
        dyndns);
  }

  Memory withWatches(ImmutableMap<String, Hysteresis> next) {
    return new Memory(
        version, watch, addresses, addressesAsked, pulses, outage, blindTold, told, next, dyndns);
  }

  Memory withDynDns(DynDnsState next) {
    return new Memory(
        version, watch, addresses, addressesAsked, pulses, outage, blindTold, told, watches, next);
  }
}
