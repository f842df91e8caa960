package io.relais.failover.dns.cloudflare;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderContract;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.TestZone;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.testbed.provider.CloudflareSimulator;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;

final class CloudflareZoneContractTest extends DnsProviderContract {
  private final CloudflareSimulator cloudflare;

  CloudflareZoneContractTest() throws IOException {
    cloudflare = CloudflareSimulator.start(ZONE);
  }

  @AfterEach
  void stop() {
    cloudflare.close();
  }

  @Override
  protected TestZone zone() {
    cloudflare.add(ZONE, "MX", "mail.example.org", 3600);
    cloudflare.add("mail.example.org", "A", "203.0.113.25", 1);
    cloudflare.add(ZONE, "TXT", "\"v=spf1 -all\"", 600);
    cloudflare.add("*.www.example.org", "A", "203.0.113.26", 300, true);
    CloudflareSettings settings =
        new CloudflareSettings(
            cloudflare.endpoint(), cloudflare.token(), ImmutableMap.of(), Duration.ofSeconds(10));
    return new Simulated(
        cloudflare, CloudflareZone.of(settings, new JdkHttpCaller(), InstantSource.system()));
  }

  private record Simulated(CloudflareSimulator cloudflare, DnsProvider provider)
      implements TestZone {
    @Override
    public ImmutableSortedSet<String> served() {
      return cloudflare.lines();
    }

    @Override
    public void put(RrSet set) {
      cloudflare.remove(set.key().name(), set.key().type().name());
      set.values()
          .forEach(
              value ->
                  cloudflare.add(
                      set.key().name(), set.key().type().name(), value, set.ttl().toSeconds()));
    }

    @Override
    public void alias(String name, String target) {
      cloudflare.add(name, "CNAME", target, 3600);
    }
  }
}
