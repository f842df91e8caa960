package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.HostAndPort;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dns.RecordKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Who holds the records: the {@code [dns]} table.
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
  private static final Duration TTL = Duration.ofSeconds(60);

  /** OVH silently raises anything below; Cloudflare refuses it. */
  private static final Duration LEAST_TTL = Duration.ofSeconds(60);

  private static final Duration LARGEST_TTL_AT_CLOUDFLARE = Duration.ofDays(1);
  private static final Duration VERIFY_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration PUBLISH_AGAIN_AFTER = Duration.ofSeconds(150);
  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final Duration SELF_CHECK = Duration.ofHours(6);

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

  /**
   * What other tables are checked against.
   *
   * @param provider empty after a mistake
   * @param ids of records at the provider, from the provider's own table
   */
  record Draft(
      Optional<ProviderReader.Name> provider,
      ImmutableList<Setting<String>> zones,
      ImmutableMap<RecordKey, Setting<Long>> ids,
      Supplier<DnsConfig> config) {
    /** Settings the time to live of another record by the rules of this provider. */
    Setting<Duration> checkTtl(Setting<Duration> other) {
      return other.map(ttl -> DnsConfig.checkTtl(ttl, provider));
    }

    /**
     * Notes a mistake for each name outside of the zones, and for each id of a name that never
     * moves.
     */
    void checkNames(Set<String> site, Optional<Setting<String>> dyndns) {
      site.forEach(name -> zones.stream().findFirst().ifPresent(first -> checkZone(name, first)));
      dyndns.ifPresent(name -> name.value().ifPresent(text -> checkZone(text, name)));
      if (!site.isEmpty()) {
        Set<String> names = new LinkedHashSet<>(site);
        dyndns.flatMap(Setting::value).ifPresent(names::add);
        ids.forEach((record, id) -> checkRecord(record.name(), id, names));
      }
    }

    private void checkZone(String name, Setting<?> place) {
      boolean held =
          Settings.usable(zones).stream()
              .anyMatch(zone -> name.equals(zone) || name.endsWith("." + zone));
      boolean mistaken = zones.stream().anyMatch(zone -> zone.value().isEmpty());
      if (!held && !mistaken && !zones.isEmpty()) {
        place.problem(
            ("no zone of 'dns.zones' holds %s; add its zone, or leave 'zones' out to have them"
                    + " found")
                .formatted(Printable.quoted(name)));
      }
    }

    /** An id for a record that is never changed has a mistyped name. */
    private static void checkRecord(String name, Setting<Long> id, Set<String> names) {
      if (!names.contains(name)) {
        id.problem(
            "%s is not among the names that a switch moves (%s); fix the name, or remove it"
                .formatted(Printable.quoted(name), Printable.cut(String.join(", ", names), 200)));
      }
    }
  }

  static Draft read(TomlSection table, ConfigContext context) {
    Optional<ProviderReader.Name> name =
        table.oneOf("provider", ProviderReader.Name.class).required("\"ovh\"").value();
    Optional<ProviderReader.Draft> provider = ProviderReader.read(table, name, context);
    Setting<Optional<Duration>> ttl =
        table
            .durationOr("ttl", "keep")
            .map(
                written ->
                    written.isPresent() ? Optional.of(checkTtl(written.get(), name)) : written);
    ImmutableList<Setting<String>> zones =
        Settings.uniqueList(
            table.strings("zones"), "leave it out to have them found", Converters::domainName);
    ImmutableList<Setting<HostAndPort>> servers =
        Settings.uniqueList(
            table.strings("servers"),
            "leave it out to have them found",
            Converters.hostWithPort(ProbeReader.DNS_PORT));
    Duration verifyTimeout = table.duration("verify_timeout").or(VERIFY_TIMEOUT);
    Duration publishAgainAfter = table.duration("publish_again_after").or(PUBLISH_AGAIN_AFTER);
    Duration interval = table.duration("interval").or(INTERVAL);
    Optional<Duration> selfCheck =
        table.durationOr("self_check", "off").or(Optional.of(SELF_CHECK));
    return new Draft(
        name,
        zones,
        provider.map(ProviderReader.Draft::ids).orElse(ImmutableMap.of()),
        () ->
            new DnsConfig(
                provider.orElseThrow().provider().get(),
                ttl.or(Optional.of(TTL)),
                Settings.all(zones),
                Settings.all(servers),
                verifyTimeout,
                publishAgainAfter,
                interval,
                selfCheck));
  }

  private static Duration checkTtl(Duration ttl, Optional<ProviderReader.Name> provider)
      throws BadValueException {
    if (ttl.toMillisPart() != 0) {
      throw new BadValueException(
          Converters.text(ttl) + " is not a valid TTL; use whole seconds, as in \"60s\"");
    }
    boolean ovh = provider.equals(Optional.of(ProviderReader.Name.OVH));
    boolean cloudflare = provider.equals(Optional.of(ProviderReader.Name.CLOUDFLARE));
    if ((ovh || cloudflare) && ttl.compareTo(LEAST_TTL) < 0) {
      throw new BadValueException(
          "%s is less than %s accepts; write \"60s\" or more"
              .formatted(Converters.text(ttl), ovh ? "OVH" : "Cloudflare"));
    }
    if (cloudflare && ttl.compareTo(LARGEST_TTL_AT_CLOUDFLARE) > 0) {
      throw new BadValueException(
          Converters.text(ttl) + " is more than Cloudflare accepts; write \"1d\" or less");
    }
    return ttl;
  }
}
