package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.address.AddressSettings;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/** The {@code [backup]} table as it was read. */
record BackupTable(
    InetAddress probeAddress,
    boolean serveCheck,
    ImmutableList<SourceTable> sources,
    Setting<Integer> agree,
    ImmutableSet<IpFamily> families,
    int stableRounds,
    Duration interval,
    ImmutableList<VantageTable> vantages) {
  private static final InetAddress LOOPBACK = InetAddresses.forString("127.0.0.1");
  private static final int AGREE = 2;
  private static final int STABLE_ROUNDS = 2;
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  static BackupTable read(TomlSection table, Optional<SiteTable> site, Reading reading) {
    BackupTable backup =
        new BackupTable(
            table.string("probe_address").map(AddressText::parse).or(LOOPBACK),
            serveCheck(table, site),
            sources(table, reading),
            table.integer("agree").map(Limits::atLeastOne),
            families(table),
            table.integer("stable_rounds").map(Limits::atLeastOne).or(STABLE_ROUNDS),
            table.duration("interval").or(INTERVAL),
            VantageTable.readAll(table, reading).stream()
                .map(VantageTable::checkPlaceholders)
                .collect(toImmutableList()));
    backup.check(table, reading);
    site.ifPresent(
        read -> backup.sources.forEach(source -> source.checkApart(read.addressesOfProduction())));
    return backup;
  }

  private static boolean serveCheck(TomlSection table, Optional<SiteTable> site) {
    Setting<Boolean> check = table.bool("serve_check");
    boolean wanted = check.or(true);
    if (wanted && site.filter(read -> !read.probes().isEmpty() && !read.hasUrl()).isPresent()) {
      check.problem(
          "the backup can't be asked for the site: no [[site.probe]] has 'url'; add one, or"
              + " write serve_check = false below [backup]");
    }
    return wanted;
  }

  private static ImmutableList<SourceTable> sources(TomlSection table, Reading reading) {
    Unique unique = new Unique("name another source, since one alone must not count twice");
    return table.tables("address").stream()
        .flatMap(source -> SourceTable.read(source, unique, reading).stream())
        .collect(toImmutableList());
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
          "'backup.ipv4' and 'backup.ipv6' are both false, so the backup has no address; write"
              + " true for one");
      families.add(IpFamily.V4);
    }
    return families.build();
  }

  private void check(TomlSection table, Reading reading) {
    sources.forEach(source -> source.checkFamily(families));
    long polled = sources.stream().filter(SourceTable::needsAgreement).count();
    for (IpFamily family : families) {
      boolean certain = sources.stream().anyMatch(source -> source.isCertain(family));
      if (!certain && polled < agreed() && !(sources.isEmpty() && table.has("address"))) {
        tooFew(family, polled);
      }
    }
    if (agreed() == 1 && polled > 0) {
      reading.warn(agree, "one source alone, if it lies or is hijacked, moves the site; ask two");
    }
  }

  private void tooFew(IpFamily family, long polled) {
    agree.problem(
        ("%d sources must say the same IPv%s address of the backup ('backup.agree'), and there"
                + " %s %d; add [[backup.address]] tables, or write the address itself with 'fixed'")
            .formatted(
                agreed(), family == IpFamily.V4 ? "4" : "6", polled == 1 ? "is" : "are", polled));
  }

  private int agreed() {
    return agree.or(AGREE);
  }

  /** After all mistakes are out. */
  BackupConfig toConfig() {
    return new BackupConfig(
        probeAddress,
        serveCheck,
        new AddressSettings(
            sources.stream().map(SourceTable::toSource).collect(toImmutableList()),
            agreed(),
            families),
        stableRounds,
        interval,
        vantages.stream().map(VantageTable::toConfig).collect(toImmutableList()));
  }
}
