package io.relais.failover.diagnose;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.HeartbeatConfig;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Clocks;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.IpFamily;
import io.relais.failover.observe.BackupCheck;
import io.relais.failover.observe.CanaryCheck;
import io.relais.failover.observe.CopyCertificate;
import io.relais.failover.observe.HeartbeatCheck;
import io.relais.failover.observe.OutsideCheck;
import io.relais.failover.observe.ProductionCheck;
import io.relais.failover.observe.SiteCheckResult;
import io.relais.failover.observe.VantageCheck;
import io.relais.failover.observe.VantageCheck.VantageOpinion;
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
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a switch asks before it changes a record, question by question: a drill times each of them,
 * and the doctor says what is wrong in detail. Each blocks for as long as the slowest part of it.
 * For one thread.
 */
public final class Preflight {
  private static final Duration TOLERATED_SKEW = Duration.ofSeconds(30);

  private final FailoverConfig config;
  private final Prober prober;
  private final HttpCaller http;
  private final AddressFinder addresses;
  private final InstantSource clock;

  public Preflight(
      FailoverConfig config,
      Prober prober,
      HttpCaller http,
      AddressFinder addresses,
      InstantSource clock) {
    this.config = config;
    this.prober = prober;
    this.http = http;
    this.addresses = addresses;
    this.clock = clock;
  }

  /**
   * One question: whether the answer is one that a switch needs, and how long it took.
   *
   * @param detail for people, in one line
   */
  public record Step(String name, boolean ok, String detail, Duration took) {
    static Step since(long began, String name, boolean ok, String detail) {
      return new Step(name, ok, detail, Duration.ofNanos(System.nanoTime() - began));
    }
  }

  /**
   * A question with its answer.
   *
   * @param checks the same in detail: one for each thing that was asked
   */
  public record Question(Step step, ImmutableList<Check> checks) {}

  FailoverConfig config() {
    return config;
  }

  public Question production() throws InterruptedException {
    long began = System.nanoTime();
    SiteCheckResult look = new ProductionCheck(config.site(), prober).round();
    return new Question(
        Step.since(began, "probe production", look.up(), look.up() ? "it serves" : look.failures()),
        checks("production", look.results()));
  }

  /** Only as many as a switch waits for. */
  Step canaries() throws InterruptedException {
    long began = System.nanoTime();
    CanaryCheck.CanaryReading reading = canaryCheck().look();
    return Step.since(began, "ask the canaries", reading.enough(), reading.describe());
  }

  /** Every canary, and what one of them says of our clock. */
  public ImmutableList<Check> allCanaries() throws InterruptedException {
    return ImmutableList.<Check>builder()
        .addAll(checks("canary", canaryCheck().all()))
        .add(ownClock())
        .build();
  }

  private CanaryCheck canaryCheck() {
    return new CanaryCheck(config.canaries(), config.canariesNeeded(), prober);
  }

  /** Others who look at production; what they say changes nothing about whether a switch can be. */
  public Question vantages() throws InterruptedException {
    long began = System.nanoTime();
    ImmutableList<VantageOpinion> opinions = new VantageCheck(config.vantages(), http).ask();
    String said =
        opinions.stream()
            .map(one -> one.name() + ": " + one.opinion().name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining("; "));
    return new Question(
        Step.since(began, "ask the vantage points", true, said),
        opinions.stream()
            .map(
                one -> {
                  String name = "vantage " + one.name();
                  return switch (one.opinion()) {
                    case UP -> Check.ok(name, "sees production up");
                    case DOWN -> Check.warning(name, "sees production down");
                    case NONE -> unheard(name);
                  };
                })
            .collect(toImmutableList()));
  }

  private static Check unheard(String name) {
    return Check.warning(
        name, "gave no answer that counts, so it would have no say; try it by hand");
  }

  public Question backup() throws InterruptedException {
    long began = System.nanoTime();
    SiteCheckResult look =
        new BackupCheck(
                config.backup(),
                config.site().probes(),
                config.site().require(),
                prober,
                new CopyCertificate(config.backup().certificate().file(), clock))
            .look();
    return new Question(
        Step.since(
            began,
            "probe the backup",
            look.up(),
            look.up() ? "it serves the site" : look.failures()),
        checks("backup", look.results()));
  }

  public Question heartbeats() {
    long began = System.nanoTime();
    Map<HeartbeatConfig, String> stale = Maps.toMap(config.heartbeats(), this::stale);
    String all =
        stale.values().stream().filter(why -> !why.isEmpty()).collect(Collectors.joining("; "));
    return new Question(
        Step.since(
            began, "read the heartbeats", all.isEmpty(), all.isEmpty() ? "the copy is fresh" : all),
        stale.entrySet().stream()
            .map(
                entry -> {
                  String name = "heartbeat " + entry.getKey().name();
                  return entry.getValue().isEmpty()
                      ? Check.ok(name, entry.getKey().file().toString())
                      : Check.failed(
                          name,
                          entry.getValue() + "; see that sync-agent runs with [agent] heartbeat");
                })
            .collect(toImmutableList()));
  }

  private String stale(HeartbeatConfig mirror) {
    Instant now = clock.instant();
    return new HeartbeatCheck(ImmutableList.of(mirror))
        .look(ImmutableMap.of(), Optional.empty(), now)
        .stale();
  }

  /** Where the backup can be reached, and how that was found. */
  public record BackupAddress(Question question, BackupAddresses addresses) {}

  public BackupAddress backupAddress() throws InterruptedException {
    long began = System.nanoTime();
    Map<IpFamily, AddressFinder.Verdict> verdicts = new EnumMap<>(IpFamily.class);
    for (IpFamily family : config.backup().address().families()) {
      verdicts.put(family, addresses.find(family));
    }
    Step step =
        Step.since(
            began,
            "find the backup's address",
            verdicts.values().stream().allMatch(verdict -> verdict.address().isPresent()),
            verdicts.values().stream()
                .map(AddressFinder.Verdict::detail)
                .collect(Collectors.joining("; ")));
    return new BackupAddress(
        new Question(
            step,
            verdicts.entrySet().stream()
                .map(entry -> publicAddress(entry.getKey(), entry.getValue()))
                .collect(toImmutableList())),
        BackupAddresses.of(
            family ->
                Optional.ofNullable(verdicts.get(family)).flatMap(AddressFinder.Verdict::address)));
  }

  private Check publicAddress(IpFamily family, AddressFinder.Verdict verdict) {
    String name = "public address, IP" + family.name().toLowerCase(Locale.ROOT);
    if (verdict.address().isEmpty()) {
      return Check.failed(name, verdict.detail());
    }
    InetAddress address = verdict.address().get();
    return config.site().production().contains(address)
        ? Check.failed(
            name,
            address.getHostAddress()
                + " is one of 'production' below [site] too; correct that, or look at"
                + " [[backup.address]] ("
                + verdict.detail()
                + ")")
        : Check.ok(name, address.getHostAddress() + " (" + verdict.detail() + ")");
  }

  /** Whether others reach the backup from outside. */
  public Question outside(BackupAddresses backup) throws InterruptedException {
    long began = System.nanoTime();
    OutsideCheck.OutsideViews views =
        new OutsideCheck(config.backup().vantages(), http).look(Optional.of(backup));
    return new Question(
        Step.since(
            began,
            "reach the backup from outside",
            views.problem().isEmpty(),
            views.problem().orElseGet(views::describe)),
        views.said().stream()
            .map(
                one -> {
                  String name = "backup from " + one.name();
                  return switch (one.opinion()) {
                    case UP -> Check.ok(name, "reached at " + views.address());
                    case DOWN ->
                        Check.failed(
                            name,
                            "not reached at "
                                + views.address()
                                + "; look at the router's forwarded ports and at the firewall");
                    case NONE -> unheard(name);
                  };
                })
            .collect(toImmutableList()));
  }

  /** By the Date header of a canary's reply (RFC 9110, section 6.6.1). */
  private Check ownClock() throws InterruptedException {
    String name = "own clock";
    for (ProbeSpec canary : config.canaries()) {
      if (canary instanceof ProbeSpec.Http page) {
        Optional<Duration> skew = skew(page);
        if (skew.isPresent()) {
          String compared = Clocks.compared(skew.get(), page.url().getHost() + "'s");
          return skew.get().abs().compareTo(TOLERATED_SKEW) > 0
              ? Check.warning(name, compared + "; run an NTP client on this host")
              : Check.ok(name, compared);
        }
      }
    }
    return Check.warning(name, "no canary with a URL told the time, so it was not compared");
  }

  private Optional<Duration> skew(ProbeSpec.Http canary) throws InterruptedException {
    try {
      return http.send(HttpCall.of("HEAD", canary.url(), HttpLimits.within(Duration.ofSeconds(5))))
          .header("date")
          .map(date -> ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME))
          .map(theirs -> Duration.between(theirs.toInstant(), clock.instant()));
    } catch (HttpException | DateTimeParseException _) {
      return Optional.empty();
    }
  }

  /** Of probes: where each was made and how long it took, or what failed. */
  public static ImmutableList<Check> checks(String what, ImmutableList<ProbeResult> results) {
    return results.stream().map(result -> check(what, result)).collect(toImmutableList());
  }

  private static Check check(String what, ProbeResult result) {
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
}
