package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Policy;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.probe.ProbeSpec;
import java.time.Duration;
import java.util.Optional;

/**
 * All that a switch needs.
 *
 * @param canariesNeeded how many must answer; 0 only if there are none and the user said so
 * @param blindAlertAfter how long blind before it is told
 * @param notifySuspect whether a suspicion is told
 */
public record FailoverConfig(
    SiteConfig site,
    Policy policy,
    Duration blindAlertAfter,
    boolean notifySuspect,
    ImmutableList<ProbeSpec> canaries,
    int canariesNeeded,
    ImmutableList<VantageConfig> vantages,
    BackupConfig backup,
    ImmutableList<HeartbeatConfig> heartbeats,
    DnsConfig dns,
    Optional<DynDnsSettings> dyndns) {}
