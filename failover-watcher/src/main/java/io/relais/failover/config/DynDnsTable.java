package io.relais.failover.config;

import io.relais.common.Secret;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dyndns.DynDnsSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The {@code [dyndns]} table as it was read. */
record DynDnsTable(Setting<String> name, Via via, Setting<Duration> ttl, Optional<Update> update) {
  private static final Duration TTL = Duration.ofSeconds(60);

  /** Who keeps the name. */
  enum Via {
    DNS,
    DYNDNS2
  }

  /** How it is kept by the dyndns2 protocol. */
  record Update(Setting<URI> url, Setting<String> user, Setting<Secret> password) {
    static Update read(TomlSection table, Reading reading) {
      return new Update(
          reading
              .closedUrl(table, "url", "the password is sent in the clear")
              .required("\"https://dns.eu.ovhapis.com/nic/update\""),
          table.string("user").required("\"example.org-backup\"").map(Names::parse),
          reading
              .secret(table, "password_file")
              .required("\"/etc/failover-watcher/dynhost.password\""));
    }
  }

  static DynDnsTable read(TomlSection table, Optional<DnsTable> dns, Reading reading) {
    Via via = table.oneOf("via", Via.class).or(Via.DNS);
    Setting<String> name =
        table.string("name").required("\"backup.example.org\"").map(HostText::name);
    if (via == Via.DNS) {
      List.of("url", "user", "password_file", "allow_http")
          .forEach(key -> refuse(table, key, "via = \"dyndns2\"", "\"dns\""));
      Setting<Duration> ttl = table.duration("ttl");
      return new DynDnsTable(
          name, via, dns.map(records -> records.ttl(ttl)).orElse(ttl), Optional.empty());
    }
    refuse(table, "ttl", "via = \"dns\"", "\"dyndns2\"");
    return new DynDnsTable(
        name, via, table.duration("ttl"), Optional.of(Update.read(table, reading)));
  }

  private static void refuse(TomlSection table, String key, String owner, String via) {
    if (table.keys().contains(key)) {
      table.has(key);
      table.problem(
          key,
          "'dyndns.%s' belongs to %s, and 'dyndns.via' is %s; leave it out"
              .formatted(key, owner, via));
    }
  }

  /** The name where the provider of the site keeps it too. */
  Optional<Setting<String>> inDns() {
    return via == Via.DNS ? Optional.of(name) : Optional.empty();
  }

  /** A name of the site would be moved by the one and kept at the backup by the other. */
  void checkName(Set<String> site) {
    if (name.value().filter(site::contains).isPresent()) {
      name.problem(
          "'dyndns.name' is a name of the site, which would always point at the backup; write"
              + " a name of the backup's own");
    }
  }

  /** After all mistakes are out. */
  DynDnsSettings toSettings() {
    return update
        .<DynDnsSettings>map(
            by ->
                new DynDnsSettings.ByUpdate(
                    name.get(), by.url.get(), by.user.get(), by.password.get()))
        .orElseGet(() -> new DynDnsSettings.ByProvider(name.get(), ttl.or(TTL)));
  }
}
