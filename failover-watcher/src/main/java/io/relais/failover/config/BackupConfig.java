package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.address.AddressSettings;
import io.relais.failover.address.AddressSettings.Source;
import io.relais.failover.address.GlobalAddress;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The backup itself: the {@code [backup]} table.
 *
 * @param probeAddress where it is asked for the site
 * @param serveCheck whether it is
 * @param stableRounds in how many rounds in a row its public address must be the same; at least 1
 * @param interval how often its address is asked for while nothing is wrong
 * @param vantages who says whether it can be reached from outside; {@link #ADDRESS} in a command
 *     stands for its public address
 * @param certificate that it should serve
 */
public record BackupConfig(
    InetAddress probeAddress,
    boolean serveCheck,
    AddressSettings address,
    int stableRounds,
    Duration interval,
    ImmutableList<VantageConfig> vantages,
    CertificateConfig certificate) {
  public static final String ADDRESS = "${address}";

  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}]*}?");
  private static final InetAddress LOOPBACK = InetAddresses.forString("127.0.0.1");
  private static final int AGREE = 2;
  private static final int STABLE_ROUNDS = 2;
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private static final TableVariants SOURCE_VARIANTS =
      TableVariants.of(
          "a source of the address", "http allow_http", "dns server", "interface", "fixed");

  /**
   * A source of the address as it was read.
   *
   * @param isPolled whether its answer counts only if others agree
   * @param certain the families whose address it gives without others
   */
  private record SourceDraft(
      boolean isPolled, ImmutableSet<IpFamily> certain, Supplier<Source> source) {
    static SourceDraft polled(Supplier<Source> source) {
      return new SourceDraft(true, ImmutableSet.of(), source);
    }
  }

  static Supplier<BackupConfig> read(
      TomlSection table, Optional<SiteConfig.Draft> site, ConfigContext context) {
    InetAddress probeAddress =
        table.string("probe_address").map(Converters::ipAddress).or(LOOPBACK);
    Setting<Boolean> serveCheck = table.bool("serve_check");
    if (serveCheck.or(true) && site.filter(SiteConfig.Draft::lacksUrl).isPresent()) {
      serveCheck.problem(
          "the backup cannot be asked for the site: no [[site.probe]] has 'url'; add one, or write"
              + " serve_check = false below [backup]");
    }
    Supplier<AddressSettings> address =
        address(table, site.map(SiteConfig.Draft::production).orElse(ImmutableSet.of()), context);
    int stableRounds = table.integer("stable_rounds").map(Converters.atLeast(1)).or(STABLE_ROUNDS);
    Duration interval = table.duration("interval").or(INTERVAL);
    ImmutableList<Supplier<VantageConfig>> vantages =
        VantageReader.readAll(table, BackupConfig::checkPlaceholders, context);
    Supplier<CertificateConfig> certificate = CertificateConfig.read(table, serveCheck.or(true));
    return () ->
        new BackupConfig(
            probeAddress,
            serveCheck.or(true),
            address.get(),
            stableRounds,
            interval,
            Settings.all(vantages),
            certificate.get());
  }

  private static void checkPlaceholders(Setting<String> word) {
    if (PLACEHOLDER
        .matcher(word.or(""))
        .results()
        .anyMatch(found -> !found.group().equals(ADDRESS))) {
      word.problem(
          "only ${address} has a meaning here: the backup's public address; correct it, or remove"
              + " it");
    }
  }

  private static Supplier<AddressSettings> address(
      TomlSection table, ImmutableSet<InetAddress> production, ConfigContext context) {
    ImmutableSet<IpFamily> families = families(table);
    UniqueValues unique =
        new UniqueValues("use another source, since the same one must not count twice");
    ImmutableList<SourceDraft> sources =
        table.tables("address").stream()
            .flatMap(
                source ->
                    SOURCE_VARIANTS.choose(source).stream()
                        .map(
                            variant ->
                                switch (variant) {
                                  case "http" -> http(source, unique, context);
                                  case "dns" -> dns(source, unique);
                                  case "interface" -> networkInterface(source, families, unique);
                                  default -> fixed(source, families, production, unique);
                                }))
            .collect(toImmutableList());
    Setting<Integer> agree = table.integer("agree").map(Converters.atLeast(1));
    // Tables that are wrong as a whole cannot be counted.
    if (!sources.isEmpty() || !table.has("address")) {
      families.forEach(family -> checkEnough(family, sources, agree));
    }
    if (agree.or(AGREE) == 1 && sources.stream().anyMatch(SourceDraft::isPolled)) {
      context.warn(agree, "a single source, if it is wrong or hijacked, moves the site; use two");
    }
    return () ->
        new AddressSettings(Settings.all(sources, SourceDraft::source), agree.or(AGREE), families);
  }

  private static ImmutableSet<IpFamily> families(TomlSection table) {
    Setting<Boolean> v4 = table.bool("ipv4");
    Setting<Boolean> v6 = table.bool("ipv6");
    ImmutableSet.Builder<IpFamily> families = ImmutableSet.builder();
    if (v4.or(true)) {
      families.add(IpFamily.V4);
    }
    if (v6.or(false)) {
      families.add(IpFamily.V6);
    }
    if (!v4.or(true) && !v6.or(false)) {
      v4.problem(
          "'backup.ipv4' and 'backup.ipv6' are both false, so the backup has no address; write true"
              + " for one");
      families.add(IpFamily.V4);
    }
    return families.build();
  }

  private static void checkEnough(
      IpFamily family, ImmutableList<SourceDraft> sources, Setting<Integer> agree) {
    long polled = sources.stream().filter(SourceDraft::isPolled).count();
    boolean certain = sources.stream().anyMatch(source -> source.certain.contains(family));
    if (!certain && polled < agree.or(AGREE)) {
      agree.problem(
          ("%d sources must say the same IPv%s address of the backup ('backup.agree'), but there %s"
                  + " %d; add [[backup.address]] tables, or write the address itself with 'fixed'")
              .formatted(agree.or(AGREE), digit(family), polled == 1 ? "is" : "are", polled));
    }
  }

  private static String digit(IpFamily family) {
    return family == IpFamily.V4 ? "4" : "6";
  }

  private static SourceDraft http(TomlSection table, UniqueValues unique, ConfigContext context) {
    Setting<URI> url =
        unique.add(context.httpsUrl(table, "http", "others on the way could say another address"));
    return SourceDraft.polled(() -> new Source.Http(url.get()));
  }

  private static SourceDraft dns(TomlSection table, UniqueValues unique) {
    Setting<String> name = table.string("dns").map(Converters::domainName);
    Setting<HostAndPort> server =
        table
            .string("server")
            .required("\"208.67.222.222\"")
            .map(Converters.hostWithPort(ProbeReader.DNS_PORT));
    server.value().ifPresent(asked -> unique.add(name.or("") + " at " + asked, name));
    return SourceDraft.polled(() -> new Source.Dns(name.get(), server.get()));
  }

  private static SourceDraft networkInterface(
      TomlSection table, ImmutableSet<IpFamily> families, UniqueValues unique) {
    Setting<String> name = unique.add(table.string("interface").map(Converters::label));
    if (!families.contains(IpFamily.V6)) {
      name.problem(
          "an interface only gives an IPv6 address, but 'backup.ipv6' is false; write ipv6 = true"
              + " below [backup], or remove this source");
    }
    return new SourceDraft(
        false, ImmutableSet.of(IpFamily.V6), () -> new Source.Interface(name.get()));
  }

  private static SourceDraft fixed(
      TomlSection table,
      ImmutableSet<IpFamily> families,
      ImmutableSet<InetAddress> production,
      UniqueValues unique) {
    Setting<InetAddress> address =
        unique.add(table.string("fixed").map(BackupConfig::publicAddress));
    Optional<IpFamily> family = address.value().map(IpFamily::of);
    if (family.filter(own -> !families.contains(own)).isPresent()) {
      address.problem(
          ("this is an IPv%1$s address, but 'backup.ipv%1$s' is false; write ipv%1$s = true below"
                  + " [backup], or remove this source")
              .formatted(digit(family.get())));
    }
    if (address.value().filter(production::contains).isPresent()) {
      address.problem(
          "this is one of 'site.production', so a switch would change nothing; write the backup's"
              + " own address");
    }
    // A mistaken one has been noted already, and may have been meant for any family.
    return new SourceDraft(
        false,
        family.map(ImmutableSet::of).orElse(families),
        () -> new Source.Fixed(address.get()));
  }

  private static InetAddress publicAddress(String text) throws BadValueException {
    InetAddress address = Converters.ipAddress(text);
    Optional<String> problem = GlobalAddress.problem(address);
    if (problem.isPresent()) {
      throw new BadValueException(
          "%s cannot be reached from the Internet (%s); write the backup's public address"
              .formatted(Printable.quoted(text), problem.get()));
    }
    return address;
  }
}
