package io.relais.failover.diagnose;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.address.StableAddress;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Clocks;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.IpFamily;
import io.relais.failover.observe.BackupCheck;
import io.relais.failover.observe.CanaryCheck;
import io.relais.failover.observe.HeartbeatCheck;
import io.relais.failover.observe.OutsideCheck;
import io.relais.failover.observe.ProductionCheck;
import io.relais.failover.observe.VantageCheck;
import io.relais.failover.observe.WatchOnlyChecks;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Prober;
import io.relais.failover.selfcheck.ZoneCheck;
import io.relais.failover.state.PersistentState;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Tries everything that the configuration names, and says of each whether it works. */
public final class Doctor {
  private static final Duration TOLERATED_SKEW = Duration.ofSeconds(30);
  private static final Duration LONG_TTL = Duration.ofMinutes(10);

  private final Looker looker;
  private final Zone zone;
  private final InstantSource clock;
  private final boolean questionsOnly;

  /** With what it looks. */
  public record Looker(Prober prober, HttpCaller http, Optional<AddressFinder> addresses) {}

  /**
   * Whom it asks about the records.
   *
   * @param provider empty where its credentials can't be used, which somebody else tells
   * @param authority empty where things are only watched
   * @param isBackup whether a text is an address that the backup has or had; empty if it is not to
   *     be looked whose the stored records are
   */
  public record Zone(
      Optional<DnsProvider> provider,
      Optional<Authority> authority,
      Optional<Predicate<String>> isBackup) {}

  /**
   * Makes one.
   *
   * @param questionsOnly no update is sent, not even one that changes nothing
   */
  public Doctor(Looker looker, Zone zone, InstantSource clock, boolean questionsOnly) {
    this.looker = looker;
    this.zone = zone;
    this.clock = clock;
    this.questionsOnly = questionsOnly;
  }

  /** Tries all. Blocks for as long as the slowest part. */
  public ImmutableList<Check> examine(WatcherConfig config) throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    if (config.failover().isPresent()) {
      FailoverConfig part = config.failover().get();
      production(part, checks);
      checks.addAll(vantages(part));
      checks.addAll(own(part));
      checks.addAll(canaries(part));
      checks.add(clock(part));
      heartbeats(part, checks);
      addresses(part, checks);
      records(part, checks);
    }
    for (WatchConfig watch : config.watches()) {
      for (WatchOnlyChecks.WatchReading watchReading :
          new WatchOnlyChecks(ImmutableList.of(watch), looker.prober(), _ -> {})
              .look(
                  PersistentState.initial(clock.instant(), StableAddress.unknown(1)),
                  clock.instant())) {
        watchReading.results().forEach(result -> checks.add(of("watch " + watch.name(), result)));
      }
    }
    return ImmutableList.copyOf(checks);
  }

  private void production(FailoverConfig part, List<Check> checks) throws InterruptedException {
    new ProductionCheck(part.site(), looker.prober())
        .round()
        .results()
        .forEach(result -> checks.add(of("production", result)));
  }

  private List<Check> vantages(FailoverConfig part) throws InterruptedException {
    return new VantageCheck(part.vantages(), looker.http())
        .ask().stream()
            .map(
                vantageOpinion ->
                    switch (vantageOpinion.opinion()) {
                      case UP -> Check.ok("vantage " + vantageOpinion.name(), "sees production up");
                      case DOWN ->
                          Check.warning("vantage " + vantageOpinion.name(), "sees production down");
                      case NONE -> unheard("vantage " + vantageOpinion.name());
                    })
            .toList();
  }

  private static Check unheard(String name) {
    return Check.warning(
        name, "gave no answer that counts, so it would have no say; try it by hand");
  }

  private List<Check> outside(FailoverConfig part, BackupAddresses at) throws InterruptedException {
    OutsideCheck.OutsideViews outsideViews =
        new OutsideCheck(part.backup().vantages(), looker.http()).look(Optional.of(at));
    return outsideViews.said().stream()
        .map(
            vantageOpinion -> {
              String name = "backup from " + vantageOpinion.name();
              return switch (vantageOpinion.opinion()) {
                case UP -> Check.ok(name, "reached at " + outsideViews.address());
                case DOWN ->
                    Check.failed(
                        name,
                        "not reached at "
                            + outsideViews.address()
                            + "; look at the router's forwarded ports and at the firewall");
                case NONE -> unheard(name);
              };
            })
        .toList();
  }

  private List<Check> own(FailoverConfig part) throws InterruptedException {
    return new BackupCheck(
            part.backup(), part.site().probes(), part.site().require(), looker.prober())
        .look().results().stream().map(result -> of("backup", result)).toList();
  }

  private List<Check> canaries(FailoverConfig part) throws InterruptedException {
    return new CanaryCheck(part.canaries(), part.canariesNeeded(), looker.prober())
        .all().stream().map(result -> of("canary", result)).toList();
  }

  private static Check of(String what, ProbeResult result) {
    String name = what + " " + result.name();
    if (result.failure().isPresent()) {
      return Check.failed(name, result.where() + ": " + result.failure().get().detail());
    }
    String took = result.where() + ", " + DurationFormat.of(result.timings().whole());
    return result.certificateExpiring()
        ? Check.warning(
            name,
            took
                + "; its certificate ends at "
                + result.certificateExpires().map(TimeText::of).orElse("?")
                + ": renew it")
        : Check.ok(name, took);
  }

  /** By the Date header of a canary's reply (RFC 9110, section 6.6.1). */
  private Check clock(FailoverConfig part) throws InterruptedException {
    for (ProbeSpec canary : part.canaries()) {
      if (canary instanceof ProbeSpec.Http http) {
        Optional<Duration> skew = skew(http);
        if (skew.isPresent()) {
          return skew.get().abs().compareTo(TOLERATED_SKEW) > 0
              ? Check.warning(
                  "own clock",
                  Clocks.compared(skew.get(), http.url().getHost() + "'s")
                      + "; run an NTP client on this host")
              : Check.ok("own clock", Clocks.compared(skew.get(), http.url().getHost() + "'s"));
        }
      }
    }
    return Check.warning("own clock", "no canary with a URL told the time, so it was not compared");
  }

  private Optional<Duration> skew(ProbeSpec.Http canary) throws InterruptedException {
    try {
      Optional<String> date =
          looker
              .http()
              .send(HttpCall.of("HEAD", canary.url(), HttpLimits.within(Duration.ofSeconds(5))))
              .header("date");
      if (date.isEmpty()) {
        return Optional.empty();
      }
      Instant theirs =
          ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(Duration.between(theirs, clock.instant()));
    } catch (HttpException | DateTimeParseException _) {
      return Optional.empty();
    }
  }

  private void heartbeats(FailoverConfig part, List<Check> checks) {
    part.heartbeats()
        .forEach(
            mirror -> {
              Instant now = clock.instant();
              String stale =
                  new HeartbeatCheck(ImmutableList.of(mirror)).look(Map.of(), now, now).stale();
              checks.add(
                  stale.isEmpty()
                      ? Check.ok("heartbeat " + mirror.name(), mirror.file().toString())
                      : Check.failed(
                          "heartbeat " + mirror.name(),
                          stale + "; see that sync-agent runs with [agent] heartbeat"));
            });
  }

  private void addresses(FailoverConfig part, List<Check> checks) throws InterruptedException {
    if (looker.addresses().isEmpty()) {
      return;
    }
    Map<IpFamily, InetAddress> found = new EnumMap<>(IpFamily.class);
    for (IpFamily family : part.backup().address().families()) {
      AddressFinder.Verdict verdict = looker.addresses().get().find(family);
      verdict.address().ifPresent(address -> found.put(family, address));
      String name = "public address, IP" + family.name().toLowerCase(Locale.ROOT);
      if (verdict.address().filter(part.site().production()::contains).isPresent()) {
        checks.add(
            Check.failed(
                name,
                verdict.address().get().getHostAddress()
                    + " is one of 'production' below [site] too; correct that, or look at"
                    + " [[backup.address]] ("
                    + verdict.detail()
                    + ")"));
        continue;
      }
      checks.add(
          verdict.address().isPresent()
              ? Check.ok(
                  name, verdict.address().get().getHostAddress() + " (" + verdict.detail() + ")")
              : Check.failed(name, verdict.detail()));
    }
    checks.addAll(
        outside(
            part,
            new BackupAddresses(
                Optional.ofNullable(found.get(IpFamily.V4)),
                Optional.ofNullable(found.get(IpFamily.V6)))));
  }

  private void records(FailoverConfig part, List<Check> checks) throws InterruptedException {
    if (zone.authority().isEmpty()) {
      return;
    }
    ZoneCheck check = new ZoneCheck(part, zone.authority().get());
    ZoneCheck.Zones zones = check.zones();
    checks.addAll(zones.troubles());
    for (Map.Entry<String, ImmutableSet<RecordKey>> entry : zones.byName().entrySet()) {
      if (zone.provider().isPresent()) {
        DnsProvider provider = zone.provider().get();
        ImmutableList<Check> said = provider.check(entry.getKey(), entry.getValue(), questionsOnly);
        checks.addAll(said);
        if (zone.isBackup().isPresent() && ZoneCheck.wentThrough(said)) {
          checks.add(
              check.owners(entry.getKey(), entry.getValue(), provider, zone.isBackup().get()));
        }
      }
      authority(entry.getKey(), ZoneCheck.ofBothTypes(entry.getValue()), checks);
    }
  }

  private void authority(String name, ImmutableSet<RecordKey> keys, List<Check> checks)
      throws InterruptedException {
    try {
      ImmutableList<Authority.ServerAnswer> answers =
          zone.authority().orElseThrow().ask(name, keys);
      boolean heard = answers.stream().anyMatch(serverAnswer -> serverAnswer.failure().isEmpty());
      answers.forEach(serverAnswer -> checks.add(of(name, serverAnswer, heard)));
    } catch (DnsLookupException e) {
      checks.add(Check.failed("name servers of " + name, String.valueOf(e.getMessage())));
    }
  }

  private static Check of(String zone, Authority.ServerAnswer serverAnswer, boolean others) {
    String name = "name server " + serverAnswer.server() + " (" + serverAnswer.transport() + ")";
    if (serverAnswer.failure().isPresent()) {
      return others
          ? Check.warning(
              name,
              serverAnswer.failure().get() + "; a switch is verified at the others of " + zone)
          : Check.failed(
              name,
              serverAnswer.failure().get()
                  + "; no server of "
                  + zone
                  + " gives an answer that counts, so a switch could not be verified");
    }
    String said =
        serverAnswer.sets().values().stream()
            .filter(set -> !set.isEmpty())
            .map(RrSet::toString)
            .collect(Collectors.joining("; "));
    if (said.isEmpty()) {
      return Check.ok(name, "answers, and has no such record");
    }
    boolean slow =
        serverAnswer.sets().values().stream().anyMatch(set -> set.ttl().compareTo(LONG_TTL) > 0);
    return slow
        ? Check.warning(
            name, said + ": visitors keep the old address for so long; set the ttl to 60 now")
        : Check.ok(name, said);
  }
}
