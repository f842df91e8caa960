package io.relais.failover.wiring;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.net.HttpCaller;

/**
 * Gives a sign of life before each call. A change is many calls, each with a limit, and must not be
 * cut off in the middle because together they take longer than systemd's watchdog waits.
 */
final class WatchdogKeepalive {
  private WatchdogKeepalive() {}

  static HttpCaller http(HttpCaller real, Runnable alive) {
    return call -> {
      alive.run();
      return real.send(call);
    };
  }

  static DnsProvider provider(DnsProvider real, Runnable alive) {
    return new Provider(real, alive);
  }

  static Authority authority(Authority real, Runnable alive) {
    return new Servers(real, alive);
  }

  private record Provider(DnsProvider real, Runnable alive) implements DnsProvider {
    @Override
    public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
        throws DnsProviderException, InterruptedException {
      alive.run();
      return real.read(zone, keys);
    }

    @Override
    public void apply(ZoneChange change) throws DnsProviderException, InterruptedException {
      alive.run();
      real.apply(change);
    }

    @Override
    public boolean holds(ZoneChange change) throws DnsProviderException, InterruptedException {
      alive.run();
      return real.holds(change);
    }

    @Override
    public void publish(String zone) throws DnsProviderException, InterruptedException {
      alive.run();
      real.publish(zone);
    }

    @Override
    public ImmutableSet<String> proxied(String zone, ImmutableSet<RecordKey> keys)
        throws DnsProviderException, InterruptedException {
      alive.run();
      return real.proxied(zone, keys);
    }

    @Override
    public ImmutableList<Check> check(
        String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
        throws InterruptedException {
      alive.run();
      return real.check(zone, keys, questionsOnly);
    }

    @Override
    public String describe() {
      return real.describe();
    }
  }

  private record Servers(Authority real, Runnable alive) implements Authority {
    @Override
    public String zoneOf(String name) throws DnsLookupException, InterruptedException {
      alive.run();
      return real.zoneOf(name);
    }

    @Override
    public ImmutableList<ServerAnswer> ask(String zone, ImmutableSet<RecordKey> keys)
        throws DnsLookupException, InterruptedException {
      alive.run();
      return real.ask(zone, keys);
    }
  }
}
