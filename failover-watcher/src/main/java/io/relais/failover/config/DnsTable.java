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
import java.util.Locale;
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
    Duration interval,
    Setting<Optional<Duration>> selfCheck) {
  private static final Duration TTL = Duration.ofSeconds(60);

  /** OVH raises what is below without a word; Cloudflare refuses it. */
  private static final Duration LEAST_TTL = Duration.ofSeconds(60);

  private static final Duration LARGEST_TTL_AT_CLOUDFLARE = Duration.ofDays(1);
  private static final Duration VERIFY_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration PUBLISH_AGAIN_AFTER = Duration.ofSeconds(150);
  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final Duration SELF_CHECK = Duration.ofHours(6);

  /** Who holds the records. */
  enum ProviderName {
    CLOUDFLARE,
    COMMAND,
    OVH,
    RFC2136;

    /** As the file has it, and the name of the provider's own table. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The table of one provider. */
  sealed interface ProviderTable
      permits CloudflareTable, CommandProviderTable, OvhTable, Rfc2136Table {
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
        table.duration("interval").or(INTERVAL),
        table.durationOr("self_check", "off"));
  }

  private static Optional<ProviderTable> own(
      TomlSection table, Optional<ProviderName> provider, Reading reading) {
    if (provider.isEmpty()) {
      // Nothing can be said of what is in them.
      for (ProviderName name : ProviderName.values()) {
        table.has(name.word());
      }
      return Optional.empty();
    }
    for (ProviderName other : ProviderName.values()) {
      if (other != provider.get()) {
        refuse(table, other, provider.get());
      }
    }
    TomlSection own = table.table(provider.get().word());
    return switch (provider.get()) {
      case OVH -> Optional.of(OvhTable.read(own, reading));
      case CLOUDFLARE ->
          present(table, own, "token_file").map(found -> CloudflareTable.read(found, reading));
      case COMMAND ->
          present(table, own, "command = [\"/usr/local/lib/failover-watcher/dns-command\"]")
              .map(CommandProviderTable::read);
      case RFC2136 ->
          present(table, own, "server, key_name and key_file")
              .map(found -> Rfc2136Table.read(found, reading));
    };
  }

  /** The provider's own table, which has to be there. */
  private static Optional<TomlSection> present(TomlSection table, TomlSection own, String keys) {
    if (!own.isPresent()) {
      table.problem(
          "provider", "there is no %s table; add it, with %s".formatted(own.header(), keys));
      return Optional.empty();
    }
    return Optional.of(own);
  }

  private static void refuse(TomlSection table, ProviderName other, ProviderName provider) {
    if (table.has(other.word())) {
      table.problem(
          other.word(),
          "[dns.%s] is for another provider, and 'dns.provider' is \"%s\"; leave one of them out"
              .formatted(other.word(), provider.word()));
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
    boolean ovh = provider.equals(Optional.of(ProviderName.OVH));
    boolean cloudflare = provider.equals(Optional.of(ProviderName.CLOUDFLARE));
    if ((ovh || cloudflare) && ttl.compareTo(LEAST_TTL) < 0) {
      throw new BadValueException(
          "%s is less than %s takes; write \"60s\" or more"
              .formatted(Limits.text(ttl), ovh ? "OVH" : "Cloudflare"));
    }
    if (cloudflare && ttl.compareTo(LARGEST_TTL_AT_CLOUDFLARE) > 0) {
      throw new BadValueException(
          Limits.text(ttl) + " is more than Cloudflare takes; write \"1d\" or less");
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
        interval,
        selfCheck.or(Optional.of(SELF_CHECK)));
  }
}
