package io.relais.failover.dns.rfc2136;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.common.Secret;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.TestZone;
import io.relais.failover.dns.lookup.StubResolver;
import io.relais.testbed.dns.RealNameServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/** The zone of a real server, changed by somebody else with a key of their own. */
record RealZone(RealNameServer server) implements TestZone {
  /** As at the start. */
  RealZone cleared() throws IOException {
    for (String type : ImmutableList.of("A", "AAAA")) {
      server.put(RealNameServer.ZONE, type, 0, ImmutableList.of());
    }
    server.clear("www.example.org");
    server.clear("shop.example.org");
    return this;
  }

  @Override
  public DnsProvider provider() {
    return provider(RealNameServer.FAILOVER, "hmac-sha256", RealNameServer.SECRET);
  }

  DnsProvider provider(String key, String algorithm, Secret secret) {
    return provider(TsigKey.of(key, algorithm, secret), Clock.systemUTC());
  }

  DnsProvider provider(TsigKey key, Clock clock) {
    return new UpdatingServer(server.address(), key, Duration.ofSeconds(10), noResolver(), clock);
  }

  static StubResolver noResolver() {
    return new StubResolver(ImmutableList::of, Path.of("/nonexistent/hosts"));
  }

  @Override
  public ImmutableSortedSet<String> served() throws IOException {
    return server.records();
  }

  @Override
  public void put(RrSet set) throws IOException {
    server.put(set.key().name(), set.key().type().name(), set.ttl().toSeconds(), set.values());
  }

  @Override
  public void alias(String name, String target) throws IOException {
    server.put(name, "CNAME", 300, ImmutableList.of(target + "."));
  }
}
