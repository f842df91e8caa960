package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.address.AddressSettings;
import io.relais.failover.change.ChangeSettings;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.config.BackupConfig;
import io.relais.failover.config.CertificateConfig;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.HeartbeatConfig;
import io.relais.failover.config.Quantifier;
import io.relais.failover.config.SiteConfig;
import io.relais.failover.config.VantageConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.Policy;
import io.relais.failover.dns.InMemoryZone;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.IpFamily;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.NotifySettings;
import io.relais.failover.observe.Ports;
import io.relais.failover.probe.ProbeSpec;
import io.relais.testbed.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A site, its backup and all the world around; the engine is the real one. */
public final class Stage {
  static final String SITE = "www.example.org";
  public static final String PRODUCTION = "203.0.113.10";
  static final String SECOND_PRODUCTION = "203.0.113.11";
  static final String OWN = "127.0.0.1";
  public static final String BACKUP = "5.196.1.20";
  static final String NEW_BACKUP = "5.196.1.77";
  static final String STRANGER = "192.0.2.200";
  static final ImmutableList<String> CANARIES = ImmutableList.of("canary 1", "canary 2");
  static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final ImmutableList<String> ADDRESS_SERVICES =
      ImmutableList.of("https://ip1.example/", "https://ip2.example/");

  final Path directory;
  final InMemoryZone zone = new InMemoryZone("example.org");
  public final ManualClock clock = new ManualClock();
  public final FakeProber prober = new FakeProber();
  final FakeWeb web = new FakeWeb();
  public final List<Notice> notices = new ArrayList<>();

  /** Takes them. */
  Consumer<Notice> notifier = notices::add;

  Policy policy = Policy.DEFAULT;
  public WatcherFactory.Mode mode = WatcherFactory.Mode.REAL;
  ImmutableSet<InetAddress> production = ImmutableSet.of(InetAddresses.forString(PRODUCTION));
  Quantifier addresses = Quantifier.ANY;
  Quantifier require = Quantifier.ALL;
  ImmutableList<ProbeSpec> probes = ImmutableList.of(page("https://www.example.org/"));
  ImmutableList<VantageConfig> vantages = ImmutableList.of();
  ImmutableList<VantageConfig> outside = ImmutableList.of();
  ImmutableList<HeartbeatConfig> heartbeats = ImmutableList.of();
  ImmutableList<WatchConfig> watches = ImmutableList.of();
  CertificateConfig certificate = CertificateConfig.NONE;
  Optional<WatcherConfig.Deadman> deadman = Optional.empty();
  Optional<Ports.DynDnsSource> dyndns = Optional.empty();
  public Optional<Ports.SelfCheckLook> selfCheck = Optional.empty();
  Duration selfCheckInterval = Duration.ofHours(6);
  ImmutableList<Duration> further = ImmutableList.of(Duration.ZERO);
  boolean notifySuspect;
  boolean onlyWatches;

  public Stage(Path directory) {
    this.directory = directory;
    zone.put(set(SITE, A, 3600, PRODUCTION));
    zone.put(set("mail.example.org", A, 3600, PRODUCTION));
    backupAt(BACKUP);
  }

  void backupAt(String address) {
    ADDRESS_SERVICES.forEach(url -> web.page(url, 200, address));
  }

  public void noAddressService() {
    ADDRESS_SERVICES.forEach(web::gone);
  }

  /** The program starts, or starts again. */
  public Run start() throws IOException {
    return new Run(this, new WatcherFactory(config(), ports(), clock, mode, further).create());
  }

  /** The records as they are served. */
  public String records() {
    return String.join(" ", zone.served("ns1").getOrDefault(key(), set(SITE, A, 0)).values());
  }

  /** The records as they are stored. */
  String stored() {
    return String.join(" ", zone.stored().getOrDefault(key(), set(SITE, A, 0)).values());
  }

  private static RecordKey key() {
    return new RecordKey(SITE, A);
  }

  public List<Notice.Topic> told() {
    return notices.stream().map(Notice::kind).toList();
  }

  Notice last(Notice.Topic topic) {
    return notices.stream().filter(notice -> notice.kind() == topic).toList().getLast();
  }

  WatcherConfig config() {
    return new WatcherConfig(
        directory,
        INTERVAL,
        onlyWatches ? Optional.empty() : Optional.of(failover()),
        watches,
        new NotifySettings(
            ImmutableList.of(), Duration.ofSeconds(10), Duration.ofDays(1), Duration.ofHours(1)),
        deadman,
        WatcherConfig.PROGRAM);
  }

  private Ports ports() throws IOException {
    return new Ports(
        prober, web, notifier, onlyWatches ? Optional.empty() : Optional.of(zonePorts()));
  }

  private Ports.ZonePorts zonePorts() throws IOException {
    AddressFinder finder =
        new AddressFinder(
            addressSettings(),
            web,
            (server, name, type, timeout) -> {
              throw new IllegalStateException("no name server is set");
            });
    return new Ports.ZonePorts(changer(), finder, dyndns, selfCheck);
  }

  private RecordChanger changer() throws IOException {
    Path journal = directory.resolve("journal.json");
    ChangeSettings settings =
        new ChangeSettings(
            ImmutableList.of(SITE),
            production,
            Optional.of(Duration.ofSeconds(60)),
            Duration.ofSeconds(150));
    return new RecordChanger(journal, settings, zone, zone.authority(), clock);
  }

  private static AddressSettings addressSettings() {
    return new AddressSettings(
        ADDRESS_SERVICES.stream()
            .<AddressSettings.Source>map(url -> new AddressSettings.Source.Http(URI.create(url)))
            .collect(ImmutableList.toImmutableList()),
        2,
        ImmutableSet.of(IpFamily.V4));
  }

  private FailoverConfig failover() {
    return new FailoverConfig(
        new SiteConfig(SITE, ImmutableList.of(SITE), production, addresses, require, probes),
        policy,
        Duration.ofMinutes(10),
        notifySuspect,
        CANARIES.stream().map(Stage::port).collect(ImmutableList.toImmutableList()),
        2,
        vantages,
        new BackupConfig(
            InetAddresses.forString(OWN),
            true,
            addressSettings(),
            2,
            Duration.ofMinutes(1),
            outside,
            certificate),
        heartbeats,
        new DnsConfig(
            new DnsConfig.Ovh(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                com.google.common.collect.ImmutableMap.of(),
                Duration.ofSeconds(10)),
            Optional.of(Duration.ofSeconds(60)),
            ImmutableList.of("example.org"),
            ImmutableList.of(),
            Duration.ofSeconds(10),
            Duration.ofSeconds(150),
            Duration.ofMinutes(1),
            Optional.of(selfCheckInterval)),
        Optional.empty(),
        Optional.empty());
  }

  static ProbeSpec page(String url) {
    return new ProbeSpec.Http(
        url,
        URI.create(url),
        ImmutableRangeSet.of(Range.closed(200, 200)),
        ImmutableList.of(),
        ImmutableList.of(),
        0,
        1 << 20,
        ProbeSpec.Redirects.SAME_SITE,
        "test",
        HttpLimits.within(Duration.ofSeconds(4)),
        true,
        Duration.ofDays(14),
        Optional.empty());
  }

  static ProbeSpec port(String name) {
    return new ProbeSpec.Tcp(name, HostAndPort.fromString("192.0.2.1:53"), Duration.ofSeconds(2));
  }

  /** One process, from its start to its end or its death. */
  public static final class Run {
    private final Stage stage;
    private final Watcher watcher;

    private Run(Stage stage, Watcher watcher) {
      this.stage = stage;
      this.watcher = watcher;
    }

    public Watcher watcher() {
      return watcher;
    }

    public Watcher.RoundOutcome round() throws InterruptedException {
      return round(Optional.empty());
    }

    Watcher.RoundOutcome round(Command command) throws InterruptedException {
      return round(Optional.of(command));
    }

    private Watcher.RoundOutcome round(Optional<Command> command) throws InterruptedException {
      stage.clock.advance(INTERVAL);
      return watcher.round(command);
    }

    public Watcher.RoundOutcome rounds(int count) throws InterruptedException {
      Watcher.RoundOutcome roundOutcome = round();
      for (int round = 1; round < count; round++) {
        roundOutcome = round();
      }
      return roundOutcome;
    }

    /** Rounds until the phase is there; fails after two hundred. */
    public Watcher.RoundOutcome until(Phase phase) throws InterruptedException {
      for (int round = 0; round < 200; round++) {
        Watcher.RoundOutcome roundOutcome = round();
        if (roundOutcome.phase().equals(Optional.of(phase))) {
          return roundOutcome;
        }
      }
      throw new AssertionError("never " + phase);
    }

    /** As long as time takes. */
    public Watcher.RoundOutcome lasting(Duration time) throws InterruptedException {
      return rounds((int) time.dividedBy(INTERVAL));
    }
  }
}
