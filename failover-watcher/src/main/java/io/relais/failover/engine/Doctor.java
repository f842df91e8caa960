package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.address.StableAddress;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.IpFamily;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Prober;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Tries everything that the configuration names, and says of each whether it works. */
public final class Doctor {
  private static final Duration TOLERATED_SKEW = Duration.ofSeconds(30);
  private static final Duration LONG_TTL = Duration.ofMinutes(10);

  private final Looker looker;
  private final Zone zone;
  private final InstantSource clock;
  private final boolean dryRun;

  /** With what it looks. */
  public record Looker(Prober prober, HttpCaller http, Optional<AddressFinder> addresses) {}

  /**
   * Whom it asks about the records.
   *
   * @param provider empty where its credentials can't be used, which somebody else tells
   * @param authority empty where things are only watched
   */
  public record Zone(Optional<DnsProvider> provider, Optional<Authority> authority) {}

  /**
   * Makes one.
   *
   * @param dryRun nothing is sent that could change anything, seen or not
   */
  public Doctor(Looker looker, Zone zone, InstantSource clock, boolean dryRun) {
    this.looker = looker;
    this.zone = zone;
    this.clock = clock;
    this.dryRun = dryRun;
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
      for (Watches.Look look :
          new Watches(ImmutableList.of(watch), looker.prober(), _ -> {})
              .look(Memory.initial(clock.instant(), StableAddress.unknown(1)), clock.instant())) {
        look.results().forEach(result -> checks.add(of("watch " + watch.name(), result)));
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
                said ->
                    switch (said.opinion()) {
                      case UP -> Check.ok("vantage " + said.name(), "sees production up");
                      case DOWN -> Check.warning("vantage " + said.name(), "sees production down");
                      case NONE -> unheard("vantage " + said.name());
                    })
            .toList();
  }

  private static Check unheard(String name) {
    return Check.warning(
        name, "gave no answer that counts, so it would have no say; try it by hand");
  }

  private List<Check> outside(FailoverConfig part, BackupAddresses at) throws InterruptedException {
    OutsideCheck.Look look =
        new OutsideCheck(part.backup().vantages(), looker.http()).look(Optional.of(at));
    return look.said().stream()
        .map(
            said -> {
              String name = "backup from " + said.name();
              return switch (said.opinion()) {
                case UP -> Check.ok(name, "reached at " + look.address());
                case DOWN ->
                    Check.failed(
                        name,
                        "not reached at "
                            + look.address()
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
    String took = result.where() + ", " + Texts.duration(result.timings().whole());
    return result.certificateExpiring()
        ? Check.warning(
            name,
            took
                + "; its certificate ends at "
                + result.certificateExpires().map(Texts::instant).orElse("?")
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
                  "it differs by %s from %s's; run an NTP client"
                      .formatted(Texts.duration(skew.get()), http.url().getHost()))
              : Check.ok("own clock", "within a few seconds of " + http.url().getHost() + "'s");
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
    for (Map.Entry<String, ImmutableSet<RecordKey>> entry : zones(part, checks).entrySet()) {
      if (zone.provider().isPresent()) {
        checks.addAll(zone.provider().get().check(entry.getKey(), entry.getValue(), dryRun));
      }
      authority(entry.getKey(), ofBothTypes(entry.getValue()), checks);
    }
  }

  /** By zone, the sets that may be changed. */
  private Map<String, ImmutableSet<RecordKey>> zones(FailoverConfig part, List<Check> checks)
      throws InterruptedException {
    Map<String, ImmutableSet<RecordKey>> zones = new TreeMap<>();
    for (Map.Entry<String, ImmutableSet<RecordKey>> name : changed(part).entrySet()) {
      try {
        zones.merge(
            zone.authority().orElseThrow().zoneOf(name.getKey()),
            name.getValue(),
            (one, other) -> ImmutableSet.<RecordKey>builder().addAll(one).addAll(other).build());
      } catch (DnsLookupException e) {
        checks.add(Check.failed("zone of " + name.getKey(), String.valueOf(e.getMessage())));
      }
    }
    return zones;
  }

  /** By name: a right to records of a family that neither site has is not needed. */
  private static Map<String, ImmutableSet<RecordKey>> changed(FailoverConfig part) {
    Set<IpFamily> backup = part.backup().address().families();
    Set<IpFamily> both =
        Sets.union(
            backup,
            part.site().production().stream().map(IpFamily::of).collect(Collectors.toSet()));
    Map<String, ImmutableSet<RecordKey>> names = new TreeMap<>();
    part.site().names().forEach(name -> names.put(name, keys(name, both)));
    if (part.dyndns().orElse(null) instanceof DynDnsSettings.ByProvider own) {
      names.put(own.name(), keys(own.name(), backup));
    }
    return names;
  }

  private static ImmutableSet<RecordKey> keys(String name, Set<IpFamily> families) {
    return Arrays.stream(IpFamily.values())
        .filter(families::contains)
        .map(family -> new RecordKey(name, RecordType.of(family)))
        .collect(ImmutableSet.toImmutableSet());
  }

  private static ImmutableSet<RecordKey> ofBothTypes(ImmutableSet<RecordKey> keys) {
    return keys.stream()
        .flatMap(key -> keys(key.name(), EnumSet.allOf(IpFamily.class)).stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  private void authority(String name, ImmutableSet<RecordKey> keys, List<Check> checks)
      throws InterruptedException {
    try {
      ImmutableList<Authority.Answer> answers = zone.authority().orElseThrow().ask(name, keys);
      boolean heard = answers.stream().anyMatch(answer -> answer.failure().isEmpty());
      answers.forEach(answer -> checks.add(of(name, answer, heard)));
    } catch (DnsLookupException e) {
      checks.add(Check.failed("name servers of " + name, String.valueOf(e.getMessage())));
    }
  }

  private static Check of(String zone, Authority.Answer answer, boolean others) {
    String name = "name server " + answer.server() + " (" + answer.transport() + ")";
    if (answer.failure().isPresent()) {
      return others
          ? Check.warning(
              name, answer.failure().get() + "; a switch is verified at the others of " + zone)
          : Check.failed(
              name,
              answer.failure().get()
                  + "; no server of "
                  + zone
                  + " answers, so a switch could not be verified");
    }
    String said =
        answer.sets().values().stream()
            .filter(set -> !set.isEmpty())
            .map(RrSet::toString)
            .collect(Collectors.joining("; "));
    boolean slow =
        answer.sets().values().stream().anyMatch(set -> set.ttl().compareTo(LONG_TTL) > 0);
    return slow
        ? Check.warning(
            name, said + ": visitors keep the old address for so long; set the ttl to 60 now")
        : Check.ok(name, said);
  }
}
