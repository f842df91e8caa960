package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.address.GlobalAddress;
import io.relais.failover.probe.ProbeSpec;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is watched and moved: the {@code [site]} table.
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
    ImmutableList<ProbeSpec> probes) {

  /**
   * What other tables are checked against.
   *
   * @param names that move, as far as they are usable
   * @param production its addresses, as far as they are usable
   */
  record Draft(
      ImmutableSet<String> names,
      ImmutableSet<InetAddress> production,
      ImmutableList<ProbeReader.Draft> probes,
      Supplier<SiteConfig> config) {
    /** Whether a host is production itself, by name or address. */
    boolean isProduction(String host) {
      return names.contains(host)
          || production.stream().map(InetAddresses::toAddrString).anyMatch(host::equals);
    }

    /** Whether there are probes, but none by which a backup could be asked. */
    boolean lacksUrl() {
      return !probes.isEmpty() && probes.stream().noneMatch(ProbeReader.Draft::isHttp);
    }
  }

  static Draft read(TomlSection table, Duration interval, ConfigContext context) {
    Setting<String> name =
        table.string("name").required("\"www.example.org\"").map(Converters::hostName);
    ImmutableSet<String> listed =
        Settings.usable(
            Settings.uniqueList(
                table.strings("names"),
                "leave it out for the site's name alone",
                Converters::hostName));
    ImmutableSet<String> names =
        listed.isEmpty() ? name.value().map(ImmutableSet::of).orElse(ImmutableSet.of()) : listed;
    boolean anywhere = table.bool("allow_private").or(false);
    ImmutableSet<InetAddress> production =
        Settings.usable(
            Settings.uniqueList(
                table.strings("production").required("[\"203.0.113.10\"]"),
                "add production's own address, as in [\"203.0.113.10\"]",
                text -> address(text, anywhere)));
    Quantifier addresses = table.oneOf("addresses", Quantifier.class).or(Quantifier.ANY);
    Quantifier require = table.oneOf("require", Quantifier.class).or(Quantifier.ALL);
    ImmutableList<ProbeReader.Draft> probes =
        ProbeReader.readAll(
            ProbeReader.tables(table),
            ProbeReader.Use.SITE,
            new UniqueValues("give each probe its own 'name'"),
            context);

    probes.forEach(probe -> probe.requireShorterThan(interval));
    warnOfOtherNames(name, names, probes, context);
    return new Draft(
        names,
        production,
        probes,
        () ->
            new SiteConfig(
                name.get(),
                names.asList(),
                production,
                addresses,
                require,
                Settings.all(probes, ProbeReader.Draft::spec)));
  }

  /** The records will point there, so visitors must be able to reach it. */
  private static InetAddress address(String text, boolean anywhere) throws BadValueException {
    InetAddress address = Converters.ipAddress(text);
    Optional<String> problem = anywhere ? Optional.empty() : GlobalAddress.problem(address);
    if (problem.isPresent()) {
      throw new BadValueException(
          "%s cannot be reached from the Internet (%s); write production's public address, or, in a"
                  .formatted(Printable.quoted(text), problem.get())
              + " lab, allow_private = true below [site]");
    }
    return address;
  }

  private static void warnOfOtherNames(
      Setting<String> name,
      ImmutableSet<String> names,
      ImmutableList<ProbeReader.Draft> probes,
      ConfigContext context) {
    if (name.value().filter(own -> !names.contains(own)).isPresent()) {
      context.warn(
          name,
          "%s is not among 'names', so its own records stay where they are; add it there"
              .formatted(Printable.quoted(name.get())));
    }
    for (ProbeReader.Draft probe : probes) {
      Optional<String> other = probe.host().filter(host -> !names.contains(host));
      if (probe.isHttp() && other.isPresent()) {
        context.warn(
            probe.subject(),
            ("%s is not among the site's names, so this asks production for something that a switch"
                    + " does not move; add it to 'names', or probe a name of the site")
                .formatted(Printable.quoted(other.get())));
      }
    }
  }
}
