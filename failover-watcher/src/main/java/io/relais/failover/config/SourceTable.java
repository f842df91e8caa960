package io.relais.failover.config;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.address.AddressSettings.Source;
import io.relais.failover.address.GlobalAddress;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;

/** One {@code [[backup.address]]} table as it was read. */
sealed interface SourceTable {
  Kinds KINDS =
      Kinds.of("a source of the address", "http allow_http", "dns server", "interface", "fixed");

  /** Reads one; empty if its kind is not clear, which has been noted. */
  static Optional<SourceTable> read(TomlSection table, Unique unique, Reading reading) {
    return KINDS
        .choose(table)
        .map(
            kind ->
                switch (kind) {
                  case "http" -> new Http(unique.add(http(table, reading)));
                  case "dns" -> Dns.read(table, unique);
                  case "interface" ->
                      new Interface(unique.add(table.string("interface").map(Names::parse)));
                  default -> new Fixed(unique.add(table.string("fixed").map(SourceTable::address)));
                });
  }

  private static Setting<URI> http(TomlSection table, Reading reading) {
    return reading.closedUrl(table, "http", "others on the way could say another address");
  }

  private static InetAddress address(String text) throws BadValueException {
    InetAddress address = AddressText.parse(text);
    Optional<String> problem = GlobalAddress.problem(address);
    if (problem.isPresent()) {
      throw new BadValueException(
          "%s can't be reached from the Internet (%s); write the backup's public address"
              .formatted(Printable.quoted(text), problem.get()));
    }
    return address;
  }

  /** Whether its word counts only together with that of others. */
  boolean needsAgreement();

  /** Whether it alone tells the address of that family. */
  boolean isCertain(IpFamily family);

  /** Notes a mistake if it can tell only an address that is not wanted. */
  void checkFamily(ImmutableSet<IpFamily> families);

  /** Notes a mistake if it is sure to tell one of these. */
  default void checkApart(ImmutableSet<InetAddress> production) {}

  /** After all mistakes are out. */
  Source toSource();

  /** A page. */
  record Http(Setting<URI> url) implements SourceTable {
    @Override
    public boolean needsAgreement() {
      return true;
    }

    @Override
    public boolean isCertain(IpFamily family) {
      return false;
    }

    @Override
    public void checkFamily(ImmutableSet<IpFamily> families) {}

    @Override
    public Source toSource() {
      return new Source.Http(url.get());
    }
  }

  /** A name that means the asker. */
  record Dns(Setting<String> name, Setting<HostAndPort> server) implements SourceTable {
    static Dns read(TomlSection table, Unique unique) {
      Setting<String> name = table.string("dns").map(HostText::domain);
      Setting<HostAndPort> server =
          table
              .string("server")
              .required("\"208.67.222.222\"")
              .map(HostPortText.withDefault(DnsProbeTable.PORT));
      server.value().ifPresent(asked -> unique.add(name.or("") + " at " + asked, name));
      return new Dns(name, server);
    }

    @Override
    public boolean needsAgreement() {
      return true;
    }

    @Override
    public boolean isCertain(IpFamily family) {
      return false;
    }

    @Override
    public void checkFamily(ImmutableSet<IpFamily> families) {}

    @Override
    public Source toSource() {
      return new Source.Dns(name.get(), server.get());
    }
  }

  /** A network interface of this machine. */
  record Interface(Setting<String> name) implements SourceTable {
    @Override
    public boolean needsAgreement() {
      return false;
    }

    @Override
    public boolean isCertain(IpFamily family) {
      return family == IpFamily.V6;
    }

    @Override
    public void checkFamily(ImmutableSet<IpFamily> families) {
      if (!families.contains(IpFamily.V6)) {
        name.problem(
            "an interface tells only an IPv6 address, and 'backup.ipv6' is false; write ipv6 ="
                + " true below [backup], or leave this source out");
      }
    }

    @Override
    public Source toSource() {
      return new Source.Interface(name.get());
    }
  }

  /** An address that never changes. */
  record Fixed(Setting<InetAddress> address) implements SourceTable {
    @Override
    public boolean needsAgreement() {
      return false;
    }

    @Override
    public boolean isCertain(IpFamily family) {
      // One that is mistaken has been noted, and would have been meant for this.
      return address.value().map(literal -> IpFamily.of(literal) == family).orElse(true);
    }

    @Override
    public void checkFamily(ImmutableSet<IpFamily> families) {
      Optional<IpFamily> family = address.value().map(IpFamily::of);
      if (family.filter(own -> !families.contains(own)).isPresent()) {
        address.problem(
            ("this is an IPv%1$s address, and 'backup.ipv%1$s' is false; write ipv%1$s = true"
                    + " below [backup], or leave this source out")
                .formatted(family.get() == IpFamily.V4 ? "4" : "6"));
      }
    }

    @Override
    public void checkApart(ImmutableSet<InetAddress> production) {
      if (address.value().filter(production::contains).isPresent()) {
        address.problem(
            "this is one of 'site.production', so a switch would change nothing; write the backup's"
                + " own address");
      }
    }

    @Override
    public Source toSource() {
      return new Source.Fixed(address.get());
    }
  }
}
