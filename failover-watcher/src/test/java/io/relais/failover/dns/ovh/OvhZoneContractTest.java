package io.relais.failover.dns.ovh;

import static com.google.common.collect.ImmutableSortedSet.toImmutableSortedSet;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderContract;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.TestZone;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.testbed.provider.OvhSimulator;
import io.relais.testbed.provider.OvhSimulatorZone;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import org.junit.jupiter.api.AfterEach;

final class OvhZoneContractTest extends DnsProviderContract {
  private final OvhSimulator ovh;

  OvhZoneContractTest() throws IOException {
    ovh = OvhSimulator.start();
  }

  @AfterEach
  void stop() {
    ovh.close();
  }

  @Override
  protected TestZone zone() {
    OvhSimulatorZone zone = ovh.zone(ZONE);
    zone.add("", "NS", "dns10.ovh.net.", 0L);
    zone.add(null, "MX", "1 mail.example.org.", 3600L);
    zone.add("mail", "A", "203.0.113.25", null);
    zone.add("", "TXT", "\"v=spf1 -all\"", 600L);
    zone.add("*.www", "A", "203.0.113.26", 300L);
    zone.deployNow();
    return new Simulated(zone, provider());
  }

  private DnsProvider provider() {
    OvhSettings settings =
        new OvhSettings(
            ovh.endpoint(),
            SimulatedLogin.keys(ovh, ovh.grantAll()),
            ImmutableMap.of(),
            Duration.ofSeconds(10));
    return OvhZone.of(settings, new JdkHttpCaller(), InstantSource.system());
  }

  private record Simulated(OvhSimulatorZone zone, DnsProvider provider) implements TestZone {
    @Override
    public ImmutableSortedSet<String> served() {
      return zone.published().stream()
          .map(entry -> entry.line(ZONE))
          .collect(toImmutableSortedSet(Comparator.naturalOrder()));
    }

    @Override
    public void put(RrSet set) {
      String sub = sub(set.key().name());
      zone.stored().stream()
          .filter(entry -> entry.fieldType().equals(set.key().type().name()))
          .filter(entry -> sub.equals(entry.subDomain()))
          .forEach(entry -> zone.remove(entry.id()));
      set.values()
          .forEach(value -> zone.add(sub, set.key().type().name(), value, set.ttl().toSeconds()));
      zone.deployNow();
    }

    @Override
    public void alias(String name, String target) {
      zone.add(sub(name), "CNAME", target + ".", 3600L);
      zone.deployNow();
    }

    private static String sub(String name) {
      return name.equals(ZONE) ? "" : name.substring(0, name.length() - ZONE.length() - 1);
    }
  }
}
