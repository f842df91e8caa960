package io.relais.failover.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * One mirror whose freshness counts.
 *
 * @param file that sync-agent writes beside the mirror
 * @param name of the mirror, which must be the one in the file
 * @param maxAge of its last complete round
 * @param required whether an absent file is a stale one
 * @param vantage whether its arrival is a sign that production is alive
 */
public record HeartbeatConfig(
    Path file, String name, Duration maxAge, boolean required, boolean vantage) {}
