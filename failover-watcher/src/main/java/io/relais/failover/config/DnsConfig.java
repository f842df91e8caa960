package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.HostAndPort;
import io.relais.common.Secret;
import io.relais.failover.dns.RecordKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Who holds the records.
 *
 * @param ttl of the records while on the backup; empty keeps it
 * @param zones configured ones; empty to find them by their SOA records
 * @param servers authoritative ones to verify at; empty to find them by the zone's NS records
 * @param verifyTimeout of one question to one server
 * @param interval how often the records are looked at while nothing is wrong
 * @param selfCheck how often it is looked at what a change needs; empty for never
 */
public record DnsConfig(
    Provider provider,
    Optional<Duration> ttl,
    ImmutableList<String> zones,
    ImmutableList<HostAndPort> servers,
    Duration verifyTimeout,
    Duration publishAgainAfter,
    Duration interval,
    Optional<Duration> selfCheck) {
  /** Which provider. */
  public sealed interface Provider {}

  /**
   * OVH.
   *
   * @param credentials an ovh.conf; empty for the official lookup
   * @param endpoint a name or a URL; empty for what the credentials say
   * @param allowHttp whether the endpoint may be one of plain http that is not on this machine
   * @param ids of records, as hints
   */
  public record Ovh(
      Optional<Path> credentials,
      Optional<String> endpoint,
      Optional<URI> tokenUrl,
      boolean allowHttp,
      ImmutableMap<RecordKey, Long> ids,
      Duration timeout)
      implements Provider {}

  /**
   * Cloudflare.
   *
   * @param zoneIds by name, for a token that may not look zones up
   */
  public record Cloudflare(
      Secret token, ImmutableMap<String, String> zoneIds, URI endpoint, Duration timeout)
      implements Provider {}

  /**
   * A program of the user's.
   *
   * @param command its absolute path, and its arguments
   * @param timeout of one request
   */
  public record Command(ImmutableList<String> command, Duration timeout) implements Provider {}

  /**
   * A name server with RFC 2136.
   *
   * @param algorithm of TSIG, as {@code hmac-sha256}
   * @param key base64
   */
  public record Rfc2136(
      HostAndPort server, String keyName, String algorithm, Secret key, Duration timeout)
      implements Provider {}
}
