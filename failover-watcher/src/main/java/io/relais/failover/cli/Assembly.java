package io.relais.failover.cli;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.net.InetAddresses;
import io.relais.common.toml.ConfigException;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.ChangeKind;
import io.relais.failover.change.ChangeSettings;
import io.relais.failover.change.Changer;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.lookup.AuthoritativeServers;
import io.relais.failover.dns.lookup.DnsQuestions;
import io.relais.failover.dns.lookup.StubResolver;
import io.relais.failover.engine.Ports;
import io.relais.failover.engine.Preview;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.IpFamily;
import io.relais.failover.net.OkHttpCaller;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notifier;
import io.relais.failover.probe.Prober;
import io.relais.failover.probe.Probes;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts everything together, from the configuration. */
final class Assembly implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Assembly.class);

  private final WatcherConfig config;
  private final InstantSource clock;
  private final StubResolver resolver = StubResolver.system();
  private final DnsQuestions questions = new DnsQuestions(resolver);
  private final HttpCaller http = OkHttpCaller.create();
  private final Prober prober;
  private final Optional<Notifier> notifier;
  private final Optional<Switching> switching;

  /** What only a switch needs. */
  private record Switching(
      FailoverConfig config,
      DnsProvider provider,
      Authority authority,
      Changer changer,
      AddressFinder addresses) {}

  /**
   * Makes it.
   *
   * @throws IOException if the journal or the queue of notices can't be used
   * @throws ConfigException if credentials are missing or wrong
   */
  Assembly(WatcherConfig config, World world, InstantSource clock, Mode mode)
      throws IOException, ConfigException {
    this.config = config;
    this.clock = clock;
    this.prober = new Probes(http, questions::ask, clock);
    this.switching =
        config.failover().isPresent()
            ? Optional.of(switching(config.failover().get(), world, mode))
            : Optional.empty();
    this.notifier =
        mode == Mode.REAL
            ? Optional.of(
                new Notifier(
                    config.notices(), config.stateDirectory().resolve("notices"), http, clock))
            : Optional.empty();
  }

  private Switching switching(FailoverConfig part, World world, Mode mode)
      throws IOException, ConfigException {
    DnsProvider provider = new Providers(world, http, resolver, clock).of(part.dns().provider());
    Authority authority =
        new AuthoritativeServers(
            part.dns().zones(), part.dns().servers(), part.dns().verifyTimeout(), resolver);
    Path journal = config.stateDirectory().resolve("journal.json");
    ChangeSettings settings =
        new ChangeSettings(
            part.site().names(),
            part.site().production(),
            part.dns().ttl(),
            part.dns().publishAgainAfter());
    Changer changer =
        mode == Mode.REAL
            ? new Changer(journal, settings, provider, authority, clock)
            : Changer.reading(journal, settings, provider, authority, clock);
    return new Switching(
        part,
        provider,
        authority,
        changer,
        new AddressFinder(part.backup().address(), http, questions::ask));
  }

  /** For the engine. */
  Ports ports() {
    return new Ports(prober, http, this::tell, switching.map(this::zonePorts));
  }

  private Ports.ZonePorts zonePorts(Switching parts) {
    return new Ports.ZonePorts(
        parts.changer(),
        parts.addresses(),
        parts
            .config()
            .dyndns()
            .map(name -> DynDnsFactory.of(name, parts.provider(), parts.authority(), http, clock)));
  }

  private void tell(Notice notice) {
    if (notifier.isPresent()) {
      notifier.get().post(notice);
    } else {
      log.info("dry run: would tell: {}", notice.title());
    }
  }

  Prober prober() {
    return prober;
  }

  HttpCaller http() {
    return http;
  }

  Optional<AddressFinder> addresses() {
    return switching.map(Switching::addresses);
  }

  Optional<DnsProvider> provider() {
    return switching.map(Switching::provider);
  }

  Optional<Authority> authority() {
    return switching.map(Switching::authority);
  }

  Changer changer() {
    return switching.orElseThrow().changer();
  }

  /**
   * One for a name made for tests, with a journal of its own.
   *
   * @throws UsageException if the name has no address to go back to
   */
  Changer drillChanger(String name) throws IOException, UsageException, InterruptedException {
    Switching parts = switching.orElseThrow();
    DnsConfig dns = parts.config().dns();
    return new Changer(
        config.stateDirectory().resolve("drill.json"),
        new ChangeSettings(
            ImmutableList.of(name), home(parts, name), dns.ttl(), dns.publishAgainAfter()),
        parts.provider(),
        parts.authority(),
        clock);
  }

  private static ImmutableSet<InetAddress> home(Switching parts, String name)
      throws UsageException, InterruptedException {
    ImmutableSet<RecordKey> keys =
        ImmutableSet.of(new RecordKey(name, RecordType.A), new RecordKey(name, RecordType.AAAA));
    try {
      ImmutableSet<InetAddress> found =
          parts.provider().read(parts.authority().zoneOf(name), keys).stream()
              .flatMap(set -> set.values().stream())
              .map(InetAddresses::forString)
              .collect(toImmutableSet());
      if (found.isEmpty()) {
        throw new UsageException(
            name + " has no address; make an A record of that name that points at production");
      }
      return found;
    } catch (DnsLookupException | DnsProviderException e) {
      throw new UsageException(name + ": " + e.getMessage());
    }
  }

  /** What a change would do, for people. */
  String preview(ChangeKind kind) {
    Switching parts = switching.orElseThrow();
    try {
      return new Preview(parts.changer()).describe(kind, addressesNow(parts));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "do nothing: interrupted";
    }
  }

  void flush(Duration atMost) throws InterruptedException {
    if (notifier.isPresent()) {
      notifier.get().flush(atMost);
    }
  }

  @Override
  public void close() {
    notifier.ifPresent(Notifier::close);
  }

  /** Takes away a queue that was made for one run. */
  static void deleteQueue(Path queue) throws IOException {
    MoreFiles.deleteRecursively(queue, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  /** A notifier with a queue of its own. */
  static Notifier notifier(WatcherConfig config, Path queue, InstantSource clock) {
    return new Notifier(config.notices(), queue, OkHttpCaller.create(), clock);
  }

  /** Where the backup can be reached, by what its sources say right now. */
  private static Optional<BackupAddresses> addressesNow(Switching parts)
      throws InterruptedException {
    Map<IpFamily, InetAddress> found = new EnumMap<>(IpFamily.class);
    for (IpFamily family : parts.config().backup().address().families()) {
      parts.addresses().find(family).address().ifPresent(address -> found.put(family, address));
    }
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new BackupAddresses(
                Optional.ofNullable(found.get(IpFamily.V4)),
                Optional.ofNullable(found.get(IpFamily.V6))));
  }
}
