package io.relais.failover.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.InMemoryZone;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpLimits;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WatchdogKeepaliveTest {
  private static final ImmutableSet<RecordKey> KEYS =
      ImmutableSet.of(new RecordKey("www.example.org", RecordType.A));

  private final List<String> calls = new ArrayList<>();
  private final InMemoryZone zone = new InMemoryZone("example.org");

  private void alive() {
    calls.add("alive");
  }

  @Test
  void givesASignBeforeEachCallOfAChange() throws Exception {
    DnsProvider provider = WatchdogKeepalive.provider(zone, this::alive);
    Authority authority = WatchdogKeepalive.authority(zone.authority(), this::alive);
    assertThat(authority.zoneOf("www.example.org")).isEqualTo("example.org");
    assertThat(provider.read("example.org", KEYS)).hasSize(1);
    provider.apply(new ZoneChange("example.org", ImmutableList.of()));
    provider.publish("example.org");
    assertThat(authority.ask("example.org", KEYS)).isNotEmpty();
    assertThat(provider.check("example.org", KEYS, true)).isNotNull();
    assertThat(provider.describe()).isEqualTo(zone.describe());
    assertThat(calls).hasSize(6);
  }

  @Test
  void givesASignBeforeEachRequest() throws Exception {
    HttpCaller http =
        WatchdogKeepalive.http(
            call -> {
              calls.add("asked");
              throw new IllegalStateException("that far");
            },
            this::alive);
    HttpCall call =
        HttpCall.of(
            "GET", URI.create("http://127.0.0.1/"), HttpLimits.within(Duration.ofSeconds(1)));
    assertThatThrownBy(() -> http.send(call)).hasMessage("that far");
    assertThat(calls).containsExactly("alive", "asked");
  }
}
