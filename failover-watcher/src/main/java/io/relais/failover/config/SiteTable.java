package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.address.GlobalAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/** The {@code [site]} table as it was read. */
record SiteTable(
    Setting<String> name,
    ImmutableList<Setting<String>> listed,
    ImmutableList<Setting<InetAddress>> production,
    Quantifier addresses,
    Quantifier require,
    ImmutableList<ProbeTable> probes) {

  static SiteTable read(TomlSection table, Duration interval, Reading reading) {
    SiteTable site =
        new SiteTable(
            table.string("name").required("\"www.example.org\"").map(HostText::name),
            names(table),
            production(table),
            table.oneOf("addresses", Quantifier.class).or(Quantifier.ANY),
            table.oneOf("require", Quantifier.class).or(Quantifier.ALL),
            probes(table, reading));
    site.probes.forEach(probe -> probe.checkRhythm(interval));
    site.warn(reading);
    return site;
  }

  private static ImmutableList<Setting<String>> names(TomlSection table) {
    Unique unique = new Unique("leave one of them out");
    return Names.filled(table.strings("names"), "leave it out for the site's name alone").stream()
        .map(text -> unique.add(text.map(HostText::name)))
        .collect(toImmutableList());
  }

  private static ImmutableList<Setting<InetAddress>> production(TomlSection table) {
    Unique unique = new Unique("leave one of them out");
    boolean anywhere = table.bool("allow_private").or(false);
    Setting<ImmutableList<Setting<String>>> list =
        table.strings("production").required("[\"203.0.113.10\"]");
    return Names.filled(list, "add production's own address, as in [\"203.0.113.10\"]").stream()
        .map(text -> unique.add(text.map(address -> address(address, anywhere))))
        .collect(toImmutableList());
  }

  /** The records point there, so visitors have to get there. */
  private static InetAddress address(String text, boolean anywhere) throws BadValueException {
    InetAddress address = AddressText.parse(text);
    Optional<String> problem = anywhere ? Optional.empty() : GlobalAddress.problem(address);
    if (problem.isPresent()) {
      throw new BadValueException(
          "%s can't be reached from the Internet (%s); write production's public address, or, in a"
                  .formatted(Printable.quoted(text), problem.get())
              + " lab, allow_private = true below [site]");
    }
    return address;
  }

  private static ImmutableList<ProbeTable> probes(TomlSection table, Reading reading) {
    ImmutableList<TomlSection> tables = table.tables("probe");
    if (!table.has("probe")) {
      table.problem(
          "[site] has no probe; add [[site.probe]] with url = \"https://www.example.org/\"");
    }
    Unique names = new Unique("give each probe its own 'name'");
    ImmutableList<ProbeTable> probes =
        tables.stream()
            .flatMap(probe -> ProbeTable.read(probe, ProbeTable.Use.SITE, reading).stream())
            .collect(toImmutableList());
    probes.forEach(probe -> probe.checkName(names));
    return probes;
  }

  private void warn(Reading reading) {
    if (name.value().filter(own -> !names().contains(own)).isPresent()) {
      reading.warn(
          name,
          "%s is not among 'names', so its own records stay where they are; add it there"
              .formatted(Printable.quoted(name.get())));
    }
    for (ProbeTable probe : probes) {
      Optional<String> host = probe.host();
      if (probe instanceof HttpProbeTable && host.isPresent() && !names().contains(host.get())) {
        reading.warn(
            probe.subject(),
            ("%s is none of the site's names, so this asks production for something that a"
                    + " switch does not move; add it to 'names', or probe a name of the site")
                .formatted(Printable.quoted(host.get())));
      }
    }
  }

  /** The names that move, as far as they are usable. */
  ImmutableSet<String> names() {
    ImmutableSet<String> usable =
        listed.stream()
            .flatMap(name -> name.value().stream())
            .collect(ImmutableSet.toImmutableSet());
    return usable.isEmpty() ? name.value().map(ImmutableSet::of).orElse(ImmutableSet.of()) : usable;
  }

  /** Production's addresses, as far as they are usable. */
  ImmutableSet<InetAddress> addressesOfProduction() {
    return production.stream()
        .flatMap(address -> address.value().stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Whether a host is production itself, by name or address. */
  boolean isProduction(String host) {
    return names().contains(host)
        || addressesOfProduction().stream()
            .anyMatch(address -> InetAddresses.toAddrString(address).equals(host));
  }

  boolean hasUrl() {
    return probes.stream().anyMatch(HttpProbeTable.class::isInstance);
  }

  /** After all mistakes are out. */
  SiteConfig toConfig() {
    return new SiteConfig(
        name.get(),
        names().asList(),
        production.stream().map(Setting::get).collect(ImmutableSet.toImmutableSet()),
        addresses,
        require,
        probes.stream().map(ProbeTable::toSpec).collect(toImmutableList()));
  }
}
