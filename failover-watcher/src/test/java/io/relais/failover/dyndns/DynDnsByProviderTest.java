package io.relais.failover.dyndns;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dyndns.DynDns.Status;
import io.relais.failover.dyndns.DynDns.Update;
import io.relais.testbed.ManualClock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DynDnsByProviderTest {
  private static final RecordKey A = new RecordKey("backup.example.org", RecordType.A);
  private static final RecordKey AAAA = new RecordKey("backup.example.org", RecordType.AAAA);
  private static final Duration TTL = Duration.ofSeconds(60);
  private static final Optional<InetAddress> NONE = Optional.empty();
  private static final Optional<InetAddress> OLD = address("93.184.216.34");
  private static final Optional<InetAddress> NEW = address("93.184.216.35");
  private static final Optional<InetAddress> SIX = address("2a01:cb00::1");

  private final FakeZone zone = new FakeZone();
  private final ManualClock clock = new ManualClock();
  private DynDnsState state = DynDnsState.unknown();

  private static Optional<InetAddress> address(String text) {
    return Optional.of(InetAddresses.forString(text));
  }

  private static RrSet set(RecordKey key, String... values) {
    return RrSet.of(key, TTL, ImmutableList.copyOf(values));
  }

  private Update update(Optional<InetAddress> v4, Optional<InetAddress> v6)
      throws InterruptedException {
    // Anew each time, as after a restart.
    DynDns dyndns =
        DynDns.byProvider(
            new DynDnsSettings.ByProvider("backup.example.org", TTL), zone, "example.org", clock);
    Update result = dyndns.update(v4, v6, state);
    state = result.state();
    return result;
  }

  @Test
  void makesTheRecordsAndPublishesThem() throws Exception {
    assertThat(update(OLD, SIX).status()).isEqualTo(Status.UPDATED);
    assertThat(zone.served)
        .containsEntry(A, set(A, "93.184.216.34"))
        .containsEntry(AAAA, set(AAAA, "2a01:cb00::1"));
    assertThat(zone.calls).containsExactly("read", "apply", "publish");
  }

  @Test
  void asksNobodyWhileNothingHasChanged() throws Exception {
    update(OLD, SIX);
    zone.calls.clear();

    assertThat(update(OLD, SIX).status()).isEqualTo(Status.UNCHANGED);
    assertThat(update(OLD, NONE).status()).isEqualTo(Status.UNCHANGED);
    assertThat(update(NONE, NONE).status()).isEqualTo(Status.UNCHANGED);
    assertThat(zone.calls).isEmpty();
  }

  @Test
  void replacesWhateverSingleValueIsThere() throws Exception {
    zone.put(RrSet.of(A, Duration.ofHours(1), ImmutableList.of("8.8.8.8")));
    update(NEW, NONE);

    assertThat(zone.served).containsEntry(A, set(A, "93.184.216.35"));
  }

  @Test
  void leavesTheOtherTypeAloneWhereItKnowsNoAddress() throws Exception {
    zone.put(set(AAAA, "2a01:cb00::9"));
    update(NEW, NONE);

    assertThat(zone.served).containsEntry(AAAA, set(AAAA, "2a01:cb00::9"));
  }

  @Test
  void touchesNothingWhereThereAreSeveralRecords() throws Exception {
    zone.put(set(A, "8.8.8.8", "93.184.216.35"));
    Update result = update(NEW, NONE);

    assertThat(result.status()).isEqualTo(Status.FAILED);
    assertThat(result.detail()).contains("several records", "leave one");
    assertThat(zone.calls).containsExactly("read");
  }

  @Test
  void saysWhatIsWrongWithAnAliasAndTriesAgainInAnHour() throws Exception {
    zone.failing = Optional.of("read");
    zone.failure = DnsProviderException.conflict("backup.example.org is an alias (CNAME)");

    assertThat(update(NEW, NONE).detail()).contains("CNAME");
    clock.advance(Duration.ofMinutes(59));
    assertThat(update(NEW, NONE).status()).isEqualTo(Status.HELD);
    clock.advance(Duration.ofMinutes(1));
    zone.failing = Optional.empty();
    assertThat(update(NEW, NONE).status()).isEqualTo(Status.UPDATED);
  }

  @Test
  void publishesWhatAnEarlierTryHasOnlyApplied() throws Exception {
    zone.failing = Optional.of("publish");
    assertThat(update(NEW, NONE).status()).isEqualTo(Status.FAILED);
    assertThat(zone.served).doesNotContainKey(A);
    zone.failing = Optional.empty();
    clock.advance(Duration.ofMinutes(2));

    assertThat(update(NEW, NONE).status()).isEqualTo(Status.UPDATED);
    assertThat(zone.served).containsEntry(A, set(A, "93.184.216.35"));
  }

  @Test
  void publishesAfterAKillBetweenTheCalls() throws Exception {
    zone.edited.put(A, set(A, "93.184.216.35"));
    update(NEW, NONE);

    assertThat(zone.served).containsEntry(A, set(A, "93.184.216.35"));
    assertThat(zone.calls).containsExactly("read", "publish");
  }

  @Test
  void looksAgainAfterHoursAndPutsRightWhatSomebodyChanged() throws Exception {
    update(NEW, NONE);
    zone.put(set(A, "8.8.8.8"));
    clock.advance(Duration.ofHours(5));
    assertThat(update(NEW, NONE).status()).isEqualTo(Status.UNCHANGED);
    clock.advance(Duration.ofHours(1));

    assertThat(update(NEW, NONE).status()).isEqualTo(Status.UPDATED);
    assertThat(zone.served).containsEntry(A, set(A, "93.184.216.35"));
  }

  @Test
  void doesNotPublishForALookThatFindsAllWell() throws Exception {
    update(NEW, NONE);
    zone.calls.clear();
    clock.advance(Duration.ofHours(6));
    update(NEW, NONE);

    assertThat(zone.calls).containsExactly("read");
  }

  @Test
  void waitsAsLongAsTheProviderAsks() throws Exception {
    zone.failing = Optional.of("read");
    zone.failure =
        new DnsProviderException(
            DnsProviderException.Cause.RETRY, "429", Optional.of(Duration.ofMinutes(7)), null);
    update(NEW, NONE);
    clock.advance(Duration.ofMinutes(6));
    assertThat(update(NEW, NONE).status()).isEqualTo(Status.HELD);
    clock.advance(Duration.ofMinutes(1));
    assertThat(update(NEW, NONE).status()).isEqualTo(Status.FAILED);
  }
}
