package io.relais.failover.config;

import com.google.common.collect.ImmutableSet;
import io.relais.common.Secret;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dyndns.DynDnsSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads the {@code [dyndns]} table. */
final class DynDnsReader {
  private static final Duration TTL = Duration.ofSeconds(60);

  private DynDnsReader() {}

  /** Who keeps the name. */
  private enum Via {
    DNS,
    DYNDNS2
  }

  /**
   * What the {@code [dns]} table is checked against.
   *
   * @param isInDns whether the provider of the site keeps the name too
   */
  record Draft(Setting<String> name, boolean isInDns, Supplier<DynDnsSettings> settings) {}

  static Draft read(
      TomlSection table,
      ImmutableSet<String> site,
      Optional<DnsConfig.Draft> dns,
      ConfigContext context) {
    Via via = table.oneOf("via", Via.class).or(Via.DNS);
    Setting<String> name =
        table.string("name").required("\"backup.example.org\"").map(Converters::hostName);
    // A switch would move it, while this keeps it at the backup.
    if (name.value().filter(site::contains).isPresent()) {
      name.problem(
          "'dyndns.name' is a name of the site, which would always point at the backup; write a"
              + " name of the backup's own");
    }
    Setting<Duration> ttl = table.duration("ttl");
    return switch (via) {
      case DNS -> byProvider(table, name, dns.map(records -> records.checkTtl(ttl)).orElse(ttl));
      case DYNDNS2 -> byUpdate(table, name, context);
    };
  }

  private static Draft byProvider(TomlSection table, Setting<String> name, Setting<Duration> ttl) {
    List.of("url", "user", "password_file", "allow_http")
        .forEach(key -> refuse(table, key, "via = \"dyndns2\"", "\"dns\""));
    return new Draft(name, true, () -> new DynDnsSettings.ByProvider(name.get(), ttl.or(TTL)));
  }

  /** By the dyndns2 protocol. */
  private static Draft byUpdate(TomlSection table, Setting<String> name, ConfigContext context) {
    refuse(table, "ttl", "via = \"dns\"", "\"dyndns2\"");
    Setting<URI> url =
        context
            .httpsUrl(table, "url", "the password is sent in the clear")
            .required("\"https://dns.eu.ovhapis.com/nic/update\"");
    Setting<String> user =
        table.string("user").required("\"example.org-backup\"").map(Converters::label);
    Setting<Secret> password =
        context
            .secret(table, "password_file")
            .required("\"/etc/failover-watcher/dynhost.password\"");
    return new Draft(
        name,
        false,
        () -> new DynDnsSettings.ByUpdate(name.get(), url.get(), user.get(), password.get()));
  }

  private static void refuse(TomlSection table, String key, String owner, String via) {
    Settings.refuse(
        table,
        key,
        "'dyndns.%s' belongs to %s, but 'dyndns.via' is %s; remove it".formatted(key, owner, via));
  }
}
