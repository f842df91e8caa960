package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.decide.Policy;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.probe.ProbeSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * All that a switch needs.
 *
 * @param canariesNeeded how many must answer; 0 only if there are none and the file says so
 * @param blindAlertAfter how long it may be blind before a notice is sent
 * @param notifySuspect whether a notice is sent for a mere suspicion
 * @param rehearsalName whose records a rehearsal changes
 */
public record FailoverConfig(
    SiteConfig site,
    Policy policy,
    Duration blindAlertAfter,
    boolean notifySuspect,
    ImmutableList<ProbeSpec> canaries,
    int canariesNeeded,
    ImmutableList<VantageConfig> vantages,
    BackupConfig backup,
    ImmutableList<HeartbeatConfig> heartbeats,
    DnsConfig dns,
    Optional<DynDnsSettings> dyndns,
    Optional<String> rehearsalName) {
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
          "dyndns",
          "rehearsal");
  private static final Duration BLIND_ALERT_AFTER = Duration.ofMinutes(10);
  private static final int CANARIES_NEEDED = 2;
  private static final String NO_CANARY =
      "there is no canary: when the backup's own line is down, production looks down too, and"
          + " nothing would tell the difference";

  /** Whether the file has any table that a switch needs; makes all of them known. */
  static boolean isIn(TomlSection root) {
    return TABLES.stream().filter(root::has).count() > 0;
  }

  static Supplier<FailoverConfig> read(
      TomlSection root, Duration interval, Duration maxGap, ConfigContext context) {
    Optional<SiteConfig.Draft> site =
        required(
                root,
                "site",
                "says what is moved: add it with name, production and a [[site.probe]]")
            .map(table -> SiteConfig.read(table, interval, context));
    Optional<DnsConfig.Draft> dns =
        required(
                root,
                "dns",
                "says who holds the records: add it with provider = \"ovh\", \"cloudflare\","
                    + " \"rfc2136\" or \"command\"")
            .map(table -> DnsConfig.read(table, context));
    TomlSection decision = root.table("decision");
    Policy policy = policy(decision, interval, maxGap);
    Duration blindAlertAfter = decision.duration("blind_alert_after").or(BLIND_ALERT_AFTER);
    boolean notifySuspect = decision.bool("notify_suspect").or(false);
    Setting<Integer> canariesNeeded =
        root.table("canaries").integer("needed").map(Converters.atLeast(0));
    ImmutableList<ProbeReader.Draft> canaries = canaries(root, canariesNeeded, site, context);
    ImmutableList<Supplier<VantageConfig>> vantages = VantageReader.readAll(root, _ -> {}, context);
    Optional<Supplier<BackupConfig>> backup =
        required(
                root,
                "backup",
                "says how the backup's address is found: add it with [[backup.address]] tables")
            .map(table -> BackupConfig.read(table, site, context));
    ImmutableList<Supplier<HeartbeatConfig>> heartbeats =
        HeartbeatConfig.readAll(root.table("heartbeat"));
    ImmutableSet<String> siteNames = site.map(SiteConfig.Draft::names).orElse(ImmutableSet.of());
    Optional<DynDnsReader.Draft> dyndns =
        optional(root, "dyndns").map(table -> DynDnsReader.read(table, siteNames, dns, context));
    dns.ifPresent(
        records ->
            records.checkNames(
                siteNames,
                dyndns.filter(DynDnsReader.Draft::isInDns).map(DynDnsReader.Draft::name)));
    Setting<String> rehearsalName =
        root.table("rehearsal").string("name").map(Converters::domainName);
    return () ->
        new FailoverConfig(
            site.orElseThrow().config().get(),
            policy,
            blindAlertAfter,
            notifySuspect,
            Settings.all(canaries, ProbeReader.Draft::spec),
            canariesNeeded.or(CANARIES_NEEDED),
            Settings.all(vantages),
            backup.orElseThrow().get(),
            Settings.all(heartbeats),
            dns.orElseThrow().config().get(),
            dyndns.map(own -> own.settings().get()),
            rehearsalName.value());
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

  private static Policy policy(TomlSection table, Duration interval, Duration maxGap) {
    Policy defaults = Policy.DEFAULT;
    Setting<Duration> window = table.duration("failure_window");
    if (window.value().filter(time -> time.compareTo(interval) <= 0).isPresent()) {
      window.problem(
          ("'decision.failure_window' (%s) must be longer than watcher.interval (%s), or it never"
                  + " holds two rounds; raise it")
              .formatted(Converters.text(window.get()), Converters.text(interval)));
    }
    return new Policy(
        table.integer("failures").map(Converters.atLeast(1)).or(defaults.failures()),
        table.number("failure_share").map(FailoverConfig::share).or(defaults.failureShare()),
        window.or(defaults.failureWindow()),
        table.integer("successes").map(Converters.atLeast(1)).or(defaults.successes()),
        table.duration("minimum_stay").or(defaults.minimumStay()),
        table.integer("switches_per_day").map(Converters.atLeast(1)).or(defaults.switchesPerDay()),
        table.bool("automatic_failback").or(defaults.automaticFailback()),
        table.duration("failback_after").or(defaults.failbackAfter()),
        maxGap);
  }

  private static double share(double share) throws BadValueException {
    if (!(share > 0 && share <= 1)) {
      throw new BadValueException(
          share
              + " is not a valid fraction of rounds; write a number above 0 and at most 1, as in"
              + " 0.6");
    }
    return share;
  }

  private static ImmutableList<ProbeReader.Draft> canaries(
      TomlSection root,
      Setting<Integer> needed,
      Optional<SiteConfig.Draft> site,
      ConfigContext context) {
    ImmutableList<TomlSection> tables = root.tables("canary");
    ImmutableList<ProbeReader.Draft> canaries =
        ProbeReader.readAll(
            tables,
            ProbeReader.Use.CANARY,
            new UniqueValues("give each its own 'name', and count no place twice"),
            context);
    if (!tables.isEmpty() || needed.or(CANARIES_NEEDED) == 0 || !root.has("canary")) {
      checkCount(tables.size(), needed, context);
    }
    // What fails together with production says nothing about the backup's own line.
    for (ProbeReader.Draft canary : canaries) {
      Optional<String> host = canary.host();
      if (site.isPresent() && host.filter(site.get()::isProduction).isPresent()) {
        canary
            .subject()
            .problem(
                "%s is production itself, which cannot be a canary; use a host elsewhere"
                    .formatted(Printable.quoted(host.get())));
      }
    }
    return canaries;
  }

  private static void checkCount(int count, Setting<Integer> written, ConfigContext context) {
    int needed = written.or(CANARIES_NEEDED);
    if (needed == 0 && count > 0) {
      written.problem("'canaries.needed' is 0, but there are canaries; write how many must answer");
    } else if (needed == 0) {
      context.warn(written, NO_CANARY);
    } else if (count == 0) {
      written.problem(
          ("%s; add [[canary]] tables with url or tcp, at %d independent places at least, or write"
                  + " needed = 0 below [canaries]")
              .formatted(NO_CANARY, needed));
    } else if (count < needed) {
      written.problem(
          ("%d canaries must answer ('canaries.needed'), but there %s %d; add [[canary]] tables, or"
                  + " lower needed")
              .formatted(needed, count == 1 ? "is" : "are", count));
    }
  }
}
