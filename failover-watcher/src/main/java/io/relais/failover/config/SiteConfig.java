package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.probe.ProbeSpec;
import java.net.InetAddress;

/**
 * What is watched and moved.
 *
 * @param addresses whether any or all of production's addresses must be up
 * @param require whether any or all probes must succeed at an address
 */
public record SiteConfig(
    String name,
    ImmutableList<String> names,
    ImmutableSet<InetAddress> production,
    Quantifier addresses,
    Quantifier require,
    ImmutableList<ProbeSpec> probes) {}
