package io.relais.failover.engine;

/** Everything but production that a round may look at. */
record Surroundings(
    CanaryCheck canaries,
    VantageCheck vantages,
    BackupCheck backup,
    OutsideCheck outside,
    HeartbeatCheck heartbeats,
    AddressWatch addresses) {}
