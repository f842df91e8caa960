package io.relais.failover.change;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * What a change may touch.
 *
 * @param names the site's names, absolute, in lower case, without the dot at the end
 * @param production the addresses that the records have while all is well
 * @param ttl of the records while on the backup; empty keeps what was found. Whole seconds
 * @param publishAgainAfter how long after a publication that is not seen it is repeated
 */
public record ChangeSettings(
    ImmutableList<String> names,
    ImmutableSet<InetAddress> production,
    Optional<Duration> ttl,
    Duration publishAgainAfter) {}
