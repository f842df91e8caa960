package io.relais.failover.observe;

/** Everything but production that a round may look at. */
public record ContextChecks(
    CanaryCheck canaries,
    VantageCheck vantages,
    BackupCheck backup,
    OutsideCheck outside,
    HeartbeatCheck heartbeats,
    AddressTracker addresses) {}
