package io.relais.failover.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsQuestion;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.IpFamily;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DnsSourceTest {
  private static DnsSource source(String server, String... answer) {
    DnsQuestion dns =
        (asked, name, type, timeout) -> {
          assertThat(name).isEqualTo("myip.opendns.com");
          assertThat(type).isEqualTo(RecordType.A);
          return Arrays.stream(answer)
              .map(InetAddresses::forString)
              .collect(ImmutableSet.toImmutableSet());
        };
    return new DnsSource(
        dns, "myip.opendns.com", HostAndPort.fromString(server), Duration.ofSeconds(1));
  }

  @Test
  void takesTheOneAddress() throws Exception {
    assertThat(source("208.67.222.222", "93.184.216.34").find(IpFamily.V4))
        .isEqualTo(InetAddresses.forString("93.184.216.34"));
  }

  @Test
  void refusesNoneAndSeveralAndWhatIsNotPublic() {
    assertThatThrownBy(() -> source("208.67.222.222").find(IpFamily.V4))
        .hasMessageContaining("no address");
    assertThatThrownBy(() -> source("208.67.222.222", "8.8.8.8", "8.8.4.4").find(IpFamily.V4))
        .hasMessageContaining("2 addresses");
    assertThatThrownBy(() -> source("208.67.222.222", "192.168.1.1").find(IpFamily.V4))
        .hasMessageContaining("private");
    assertThatThrownBy(() -> source("208.67.222.222", "2a01:cb00::1").find(IpFamily.V4))
        .hasMessageContaining("other protocol");
  }

  @Test
  void saysWhyThereIsNoAnswer() {
    DnsQuestion dns =
        (asked, name, type, timeout) -> {
          throw new DnsLookupException("SERVFAIL from " + asked, null);
        };
    DnsSource source =
        new DnsSource(dns, "name", HostAndPort.fromString("192.0.2.1"), Duration.ofSeconds(1));

    assertThatThrownBy(() -> source.find(IpFamily.V4))
        .isInstanceOf(AddressException.class)
        .hasMessageContaining("SERVFAIL");
  }

  @ParameterizedTest
  @CsvSource({
    "208.67.222.222, true, false",
    "208.67.222.222:5353, true, false",
    "2620:119:35::35, false, true",
    "[2620:119:35::35]:53, false, true",
    "resolver1.opendns.com, true, true"
  })
  void asksOnlyOverWhatTheServerSpeaks(String server, boolean four, boolean six) {
    assertThat(source(server).supports(IpFamily.V4)).isEqualTo(four);
    assertThat(source(server).supports(IpFamily.V6)).isEqualTo(six);
  }
}
