package io.relais.failover.wiring;

import io.relais.common.toml.ConfigException;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.change.ChangeSettings;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.lookup.AuthoritativeServers;
import io.relais.failover.dns.lookup.DnsQuestions;
import io.relais.failover.dns.lookup.StubResolver;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.OkHttpCaller;
import io.relais.failover.probe.Prober;
import io.relais.failover.probe.Probes;
import java.time.Duration;
import java.time.InstantSource;

/** With what the world is looked at. Nothing in it changes anything by being made. */
public final class Clients {
  private final World world;
  private final StubResolver resolver = StubResolver.system();
  private final DnsQuestions questions = new DnsQuestions(resolver);
  private final HttpCaller http = OkHttpCaller.create();
  private final Prober prober;

  /**
   * Makes one.
   *
   * @param clock of the probes
   */
  public Clients(World world, InstantSource clock) {
    this.world = world;
    this.prober = new Probes(http, questions::ask, clock);
  }

  public HttpCaller http() {
    return http;
  }

  public Prober prober() {
    return prober;
  }

  public AddressFinder addresses(FailoverConfig part) {
    return new AddressFinder(part.backup().address(), http, questions::askOverSameProtocol);
  }

  public Authority authority(DnsConfig dns) {
    return authority(dns, dns.verifyTimeout());
  }

  public Authority authority(DnsConfig dns, Duration timeout) {
    return new AuthoritativeServers(dns.zones(), dns.servers(), timeout, resolver);
  }

  /**
   * The provider. It signs with the time of day as it is now: that of a daemon that began before
   * the clock was set would stay wrong.
   *
   * @throws ConfigException if credentials are missing or wrong
   */
  public DnsProvider provider(DnsConfig dns) throws ConfigException {
    return provider(dns, () -> {});
  }

  /** The same, with a sign of life before each of its calls. */
  DnsProvider provider(DnsConfig dns, Runnable alive) throws ConfigException {
    return WatchdogKeepalive.provider(
        new ProviderFactory(world, WatchdogKeepalive.http(http, alive), resolver, world.clock())
            .of(dns.provider()),
        alive);
  }

  /** What the changes of the site's records are told. */
  static ChangeSettings changes(FailoverConfig part) {
    return new ChangeSettings(
        part.site().names(),
        part.site().production(),
        part.dns().ttl(),
        part.dns().publishAgainAfter());
  }
}
