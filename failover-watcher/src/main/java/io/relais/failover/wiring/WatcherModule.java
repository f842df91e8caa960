package io.relais.failover.wiring;

import io.relais.common.toml.ConfigException;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dyndns.DynDns;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.engine.WatcherFactory.Mode;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.IpFamily;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notifier;
import io.relais.failover.observe.Ports;
import io.relais.failover.probe.Prober;
import io.relais.failover.selfcheck.ZoneCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts everything together, from the configuration. */
public final class WatcherModule implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WatcherModule.class);

  private final WatcherConfig config;
  private final InstantSource clock;
  private final Clients tools;
  private final Optional<Notifier> notifier;
  private final Optional<Switching> switching;

  /** What only a switch needs. */
  public record Switching(
      FailoverConfig config,
      DnsProvider provider,
      Authority authority,
      RecordChanger changer,
      AddressFinder addresses,
      Ports.SelfCheckLook selfCheck) {}

  /**
   * Makes it. In a dry run it makes no file.
   *
   * @param alive run before each call that a change of the zone consists of
   * @throws IOException if the journal or the queue of notices can't be used
   * @throws ConfigException if credentials are missing or wrong
   */
  public WatcherModule(
      WatcherConfig config, World world, InstantSource clock, Mode mode, Runnable alive)
      throws IOException, ConfigException {
    this.config = config;
    this.clock = clock;
    this.tools = new Clients(world, clock);
    this.switching =
        config.failover().isPresent()
            ? Optional.of(switching(config.failover().get(), alive))
            : Optional.empty();
    this.notifier =
        mode == Mode.REAL
            ? Optional.of(notifier(config, config.stateDirectory().resolve("notices")))
            : Optional.empty();
  }

  private Notifier notifier(WatcherConfig config, Path queue) {
    return new Notifier(config.notices(), queue, tools.http(), clock);
  }

  private Switching switching(FailoverConfig part, Runnable alive)
      throws IOException, ConfigException {
    DnsProvider provider = tools.provider(part.dns(), alive);
    Authority authority = WatchdogKeepalive.authority(tools.authority(part.dns()), alive);
    Path journal = config.stateDirectory().resolve("journal.json");
    RecordChanger changer =
        new RecordChanger(journal, Clients.changes(part), provider, authority, clock);
    return new Switching(
        part, provider, authority, changer, tools.addresses(part), selfCheck(part));
  }

  /** It looks while the rounds go on, so it has a provider and an authority of its own. */
  private Ports.SelfCheckLook selfCheck(FailoverConfig part) throws ConfigException {
    DnsProvider provider = tools.provider(part.dns());
    ZoneCheck check = new ZoneCheck(part, tools.authority(part.dns()));
    return () -> check.look(provider, knownOfBackup());
  }

  /** A file that can't be read is told by the rounds; here nothing is held against a record. */
  private Predicate<String> knownOfBackup() {
    try {
      return StatusView.knownOfBackup(config.stateDirectory());
    } catch (IOException e) {
      return _ -> true;
    }
  }

  /** For the engine. */
  Ports ports() {
    return new Ports(tools.prober(), tools.http(), this::tell, switching.map(this::zonePorts));
  }

  private Ports.ZonePorts zonePorts(Switching parts) {
    return new Ports.ZonePorts(
        parts.changer(),
        parts.addresses(),
        parts.config().dyndns().map(name -> dyndns(name, parts)),
        Optional.of(parts.selfCheck()));
  }

  /** What keeps the backup's own name. */
  private Ports.DynDnsSource dyndns(DynDnsSettings settings, Switching parts) {
    return switch (settings) {
      case DynDnsSettings.ByProvider name ->
          () ->
              DynDns.byProvider(
                  name, parts.provider(), parts.authority().zoneOf(name.name()), clock);
      case DynDnsSettings.ByUpdate name -> () -> DynDns.byUpdate(name, tools.http(), clock);
    };
  }

  private void tell(Notice notice) {
    if (notifier.isPresent()) {
      notifier.get().post(notice);
    } else {
      log.info("dry run: would tell: {}", notice.title());
    }
  }

  public Prober prober() {
    return tools.prober();
  }

  public HttpCaller http() {
    return tools.http();
  }

  /** The part that can switch; only to be asked for where the configuration has one. */
  public Switching switching() {
    return switching.orElseThrow();
  }

  /** What a change would do, for people. */
  public String preview(ChangeKind kind) throws InterruptedException {
    Switching parts = switching();
    return parts.changer().describePreview(kind, addressesNow(parts));
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
        : Optional.of(BackupAddresses.of(family -> Optional.ofNullable(found.get(family))));
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
}
