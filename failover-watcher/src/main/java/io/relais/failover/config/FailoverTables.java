package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.toml.TomlSection;
import java.time.Duration;
import java.util.Optional;

/** All tables of a switch as they were read; what is required is empty only after a mistake. */
record FailoverTables(
    Optional<SiteTable> site,
    DecisionTable decision,
    CanaryTables canaries,
    ImmutableList<VantageTable> vantages,
    Optional<BackupTable> backup,
    ImmutableList<HeartbeatTable> heartbeats,
    Optional<DnsTable> dns,
    Optional<DynDnsTable> dyndns) {
  private static final ImmutableList<String> TABLES =
      ImmutableList.of(
          "site",
          "decision",
          "canaries",
          "canary",
          "vantage",
          "backup",
          "heartbeat",
          "dns",
          "dyndns");

  /** Whether the file has any table of a switch; makes all of them known. */
  static boolean areIn(TomlSection root) {
    return TABLES.stream().filter(root::has).count() > 0;
  }

  static FailoverTables read(
      TomlSection root, Duration interval, Duration maxGap, Reading reading) {
    Optional<SiteTable> site =
        required(
                root,
                "site",
                "says what is moved: add it with name, production and a [[site.probe]]")
            .map(table -> SiteTable.read(table, interval, reading));
    Optional<DnsTable> dns =
        required(
                root,
                "dns",
                "says who holds the records: add it with provider = "
                    + "\"ovh\", \"cloudflare\", \"rfc2136\" or \"command\"")
            .map(table -> DnsTable.read(table, reading));
    FailoverTables read =
        new FailoverTables(
            site,
            DecisionTable.read(root.table("decision"), interval, maxGap),
            CanaryTables.read(root, site, reading),
            VantageTable.readAll(root, reading),
            required(
                    root,
                    "backup",
                    "says how the backup's address is found: add it with [[backup.address]] tables")
                .map(table -> BackupTable.read(table, site, reading)),
            HeartbeatTable.read(root.table("heartbeat")),
            dns,
            optional(root, "dyndns").map(table -> DynDnsTable.read(table, dns, reading)));
    read.checkNames();
    return read;
  }

  private static Optional<TomlSection> optional(TomlSection root, String key) {
    return Optional.of(root.table(key)).filter(TomlSection::isPresent);
  }

  private static Optional<TomlSection> required(TomlSection root, String key, String why) {
    Optional<TomlSection> table = optional(root, key);
    if (table.isEmpty() && !root.has(key)) {
      root.problem("a switch needs a [%s] table, which %s".formatted(key, why));
    }
    return table;
  }

  private void checkNames() {
    ImmutableSet<String> names = site.map(SiteTable::names).orElse(ImmutableSet.of());
    dyndns.ifPresent(own -> own.checkName(names));
    dns.ifPresent(records -> records.checkNames(names, dyndns.flatMap(DynDnsTable::inDns)));
  }

  /** After all mistakes are out. */
  FailoverConfig toConfig() {
    return new FailoverConfig(
        site.orElseThrow().toConfig(),
        decision.policy(),
        decision.blindAlertAfter(),
        decision.notifySuspect(),
        canaries.toSpecs(),
        canaries.needed(),
        vantages.stream().map(VantageTable::toConfig).collect(toImmutableList()),
        backup.orElseThrow().toConfig(),
        heartbeats.stream().map(HeartbeatTable::toConfig).collect(toImmutableList()),
        dns.orElseThrow().toConfig(),
        dyndns.map(DynDnsTable::toSettings));
  }
}
