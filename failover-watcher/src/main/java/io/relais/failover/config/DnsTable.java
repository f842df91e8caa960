package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** The {@code [dns]} table as it was read; the provider's own is there if the provider is clear. */
record DnsTable(
    Setting<ProviderName> provider,
    Optional<ProviderTable> own,
    Setting<Optional<Duration>> ttl,
    ImmutableList<Setting<String>> zones,
    ImmutableList<Setting<HostAndPort>> servers,
    Duration verifyTimeout,
    Duration publishAgainAfter,
    Duration interval) {
  private static final Duration TTL = Duration.ofSeconds(60);
  private static final Duration LEAST_TTL_AT_OVH = Duration.ofSeconds(60);
  private static final Duration VERIFY_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration PUBLISH_AGAIN_AFTER = Duration.ofSeconds(150);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  /** Who holds the records. */
  enum ProviderName {
    OVH,
    RFC2136;

    String word() {
      return this == OVH ? "ovh" : "rfc2136";
    }
  }

  /** The table of one provider. */
  sealed interface ProviderTable permits OvhTable, Rfc2136Table {
    /** After all mistakes are out. */
    DnsConfig.Provider toProvider();
  }

  static DnsTable read(TomlSection table, Reading reading) {
    Setting<ProviderName> provider =
        table.oneOf("provider", ProviderName.class).required("\"ovh\"");
    Unique zones = new Unique("leave one of them out");
    Unique servers = new Unique("leave one of them out");
    return new DnsTable(
        provider,
        own(table, provider.value(), reading),
        table.durationOr("ttl", "keep").map(ttl -> ttl(ttl, provider.value())),
        Names.filled(table.strings("zones"), "leave it out to have them found").stream()
            .map(text -> zones.add(text.map(HostText::domain)))
            .collect(toImmutableList()),
        Names.filled(table.strings("servers"), "leave it out to have them found").stream()
            .map(text -> servers.add(text.map(HostPortText.withDefault(DnsProbeTable.PORT))))
            .collect(toImmutableList()),
        table.duration("verify_timeout").or(VERIFY_TIMEOUT),
        table.duration("publish_again_after").or(PUBLISH_AGAIN_AFTER),
        table.duration("interval").or(INTERVAL));
  }

  private static Optional<ProviderTable> own(
      TomlSection table, Optional<ProviderName> provider, Reading reading) {
    if (provider.isEmpty()) {
      // Nothing can be said of what is in them.
      table.has("ovh");
      table.has("rfc2136");
      return Optional.empty();
    }
    return switch (provider.get()) {
      case OVH -> {
        refuse(table, "rfc2136", "ovh");
        yield Optional.of(OvhTable.read(table.table("ovh"), reading));
      }
      case RFC2136 -> {
        refuse(table, "ovh", "rfc2136");
        TomlSection own = table.table("rfc2136");
        if (!own.isPresent()) {
          table.problem(
              "provider",
              "there is no [dns.rfc2136] table; add it, with server, key_name and key_file");
          yield Optional.empty();
        }
        yield Optional.of(Rfc2136Table.read(own, reading));
      }
    };
  }

  private static void refuse(TomlSection table, String other, String provider) {
    if (table.has(other)) {
      table.problem(
          other,
          "[dns.%s] is for another provider, and 'dns.provider' is \"%s\"; leave one of them out"
              .formatted(other, provider));
    }
  }

  private static Optional<Duration> ttl(Optional<Duration> ttl, Optional<ProviderName> provider)
      throws BadValueException {
    if (ttl.isPresent()) {
      checkTtl(ttl.get(), provider);
    }
    return ttl;
  }

  private static Duration checkTtl(Duration ttl, Optional<ProviderName> provider)
      throws BadValueException {
    if (ttl.toMillisPart() != 0) {
      throw new BadValueException(
          Limits.text(ttl) + " is no time to live; write whole seconds, as in \"60s\"");
    }
    if (provider.equals(Optional.of(ProviderName.OVH)) && ttl.compareTo(LEAST_TTL_AT_OVH) < 0) {
      throw new BadValueException(
          Limits.text(ttl) + " is less than OVH takes; write \"60s\" or more");
    }
    return ttl;
  }

  /** A time to live of a record of its own, by the rules of this provider. */
  Setting<Duration> ttl(Setting<Duration> other) {
    return other.map(ttl -> checkTtl(ttl, provider.value()));
  }

  /** Notes mistakes where the names that are changed and what is said of them don't fit. */
  void checkNames(Set<String> site, Optional<Setting<String>> dyndns) {
    site.forEach(name -> checkZone(name, zones.stream().findFirst()));
    dyndns.ifPresent(name -> name.value().ifPresent(text -> checkZone(text, dyndns)));
    ImmutableSet.Builder<String> known = ImmutableSet.<String>builder().addAll(site);
    dyndns.flatMap(Setting::value).ifPresent(known::add);
    if (!site.isEmpty() && own.orElse(null) instanceof OvhTable ovh) {
      ovh.checkNames(known.build());
    }
  }

  private void checkZone(String name, Optional<? extends Setting<?>> place) {
    boolean held =
        zones.stream()
            .flatMap(zone -> zone.value().stream())
            .anyMatch(zone -> name.equals(zone) || name.endsWith("." + zone));
    boolean mistaken = zones.stream().anyMatch(zone -> zone.value().isEmpty());
    if (!held && !mistaken && !zones.isEmpty()) {
      place
          .orElseThrow()
          .problem(
              ("no zone of 'dns.zones' holds %s; add its zone, or leave 'zones' out to have"
                      + " them found")
                  .formatted(Printable.quoted(name)));
    }
  }

  /** After all mistakes are out. */
  DnsConfig toConfig() {
    return new DnsConfig(
        own.orElseThrow().toProvider(),
        ttl.or(Optional.of(TTL)),
        Names.all(zones),
        Names.all(servers),
        verifyTimeout,
        publishAgainAfter,
        interval);
  }
}
