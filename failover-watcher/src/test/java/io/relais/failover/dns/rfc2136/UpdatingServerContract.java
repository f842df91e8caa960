package io.relais.failover.dns.rfc2136;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Secret;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderContract;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import io.relais.testbed.dns.RealNameServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link UpdatingServer} does with a real server beyond what every provider does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class UpdatingServerContract extends DnsProviderContract {
  static final ImmutableList<String> ALGORITHMS = RealNameServer.ALGORITHMS;

  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey WWW6 = new RecordKey("www.example.org", RecordType.AAAA);
  private static final RrSet PRODUCTION = set(WWW, Duration.ofHours(1), "203.0.113.10");
  private static final RrSet BACKUP = set(WWW, Duration.ofMinutes(1), "198.51.100.20");
  private static final Secret OTHER = Secret.of("YW5vdGhlciBzZWNyZXQ=");

  @TempDir private static Path folder;

  private RealZone zone;

  abstract RealNameServer start(Path folder) throws IOException;

  /** What we say when the server knows the key reader, which may not update. */
  abstract String refusal();

  @BeforeAll
  void startServer() throws IOException {
    zone = new RealZone(start(folder));
  }

  @AfterAll
  void stopServer() {
    zone.server().close();
  }

  @Override
  protected RealZone zone() throws IOException {
    return zone.cleared();
  }

  @ParameterizedTest
  @FieldSource("ALGORITHMS")
  void signsWithEachAlgorithm(String algorithm) throws Exception {
    DnsProvider provider = zone.provider("failover-" + algorithm, algorithm, RealNameServer.SECRET);

    provider.apply(change(PRODUCTION, BACKUP));

    assertThat(provider.read(ZONE, ImmutableSet.of(WWW))).containsExactly(BACKUP);
  }

  @Test
  void refusesANameThatAWildcardAnswersFor() throws Exception {
    RrSet wildcard =
        set(new RecordKey("*.example.org", RecordType.A), Duration.ofHours(1), "203.0.113.10");
    RecordKey any = new RecordKey("any.example.org", RecordType.A);
    zone.put(wildcard);
    try {
      DnsProvider provider = zone.provider();
      RrSet shown = provider.read(ZONE, ImmutableSet.of(any)).getFirst();
      assertThat(shown.values()).isEqualTo(wildcard.values());

      DnsProviderException e =
          catchThrowableOfType(
              DnsProviderException.class,
              () ->
                  provider.apply(change(shown, set(any, Duration.ofMinutes(1), "198.51.100.20"))));

      assertThat(e.kind()).isEqualTo(Cause.REFUSED);
      assertThat(e).hasMessageContaining("wildcard");
      assertThat(provider.check(ZONE, ImmutableSet.of(any), false))
          .last()
          .satisfies(check -> assertThat(check.result()).isEqualTo(Check.Status.FAILED))
          .satisfies(check -> assertThat(check.detail()).contains("wildcard"));
    } finally {
      zone.put(RrSet.none(wildcard.key()));
    }
  }

  @Test
  void changesTheSerialNumberOnceForAChangeOfSeveralSets() throws Exception {
    RrSet six = set(WWW6, Duration.ofHours(1), "2001:db8::10");
    long before = zone.server().serial();

    zone.provider()
        .apply(
            new ZoneChange(
                ZONE,
                ImmutableList.of(
                    new Replacement(PRODUCTION, BACKUP), new Replacement(six, RrSet.none(WWW6)))));

    assertThat(zone.server().serial()).isEqualTo(before + 1);
  }

  @Test
  void leavesTheSerialNumberWhenItTriesTheRights() throws Exception {
    RecordKey absent = new RecordKey("shop.example.org", RecordType.AAAA);
    long before = zone.server().serial();

    List<Check> checks = zone.provider().check(ZONE, ImmutableSet.of(WWW, WWW6, absent), false);

    assertThat(checks).extracting(Check::result).containsOnly(Check.Status.OK);
    assertThat(checks).extracting(Check::name).contains("right to update " + absent);
    assertThat(zone.server().serial()).isEqualTo(before);
  }

  @Test
  void findsThatTheKeyMayNotUpdate() throws Exception {
    DnsProvider reader = zone.provider(RealNameServer.READER, "hmac-sha256", RealNameServer.SECRET);

    assertThat(reader.check(ZONE, ImmutableSet.of(WWW), false))
        .filteredOn(check -> check.result() == Check.Status.FAILED)
        .singleElement()
        .satisfies(check -> assertThat(check.detail()).contains(refusal()));
    assertRefused(reader, refusal());
  }

  @Test
  void findsThatTheKeyMayNotAddToAnEmptySet() throws Exception {
    RecordKey absent = new RecordKey("shop.example.org", RecordType.AAAA);

    assertThat(
            zone.provider(RealNameServer.READER, "hmac-sha256", RealNameServer.SECRET)
                .check(ZONE, ImmutableSet.of(absent), false))
        .extracting(Check::result)
        .contains(Check.Status.FAILED);
  }

  @Test
  void saysThatTheServerDoesNotKnowTheKey() {
    assertRefused(
        zone.provider("stranger", "hmac-sha256", RealNameServer.SECRET),
        "does not know the key stranger (hmac-sha256)");
  }

  @Test
  void saysThatTheSecretIsAnother() {
    assertRefused(
        zone.provider(RealNameServer.FAILOVER, "hmac-sha256", OTHER), "with another secret");
  }

  @ParameterizedTest
  @ValueSource(longs = {-20, 20})
  void signsByTheServersTimeWhereOurClockIsWrong(long minutes) throws Exception {
    Clock wrong = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(minutes));
    TsigKey key = TsigKey.of(RealNameServer.FAILOVER, "hmac-sha256", RealNameServer.SECRET);
    DnsProvider provider = zone.provider(key, wrong);

    provider.apply(change(PRODUCTION, BACKUP));

    assertThat(zone.provider().read(ZONE, ImmutableSet.of(WWW))).containsExactly(BACKUP);
    assertThat(provider.check(ZONE, ImmutableSet.of(WWW), true))
        .filteredOn(check -> check.name().equals("name server's clock"))
        .extracting(Check::result)
        .containsExactly(Check.Status.WARNING);
  }

  private static ZoneChange change(RrSet before, RrSet after) {
    return new ZoneChange(ZONE, ImmutableList.of(new Replacement(before, after)));
  }

  private static DnsProviderException failure(DnsProvider provider) {
    return catchThrowableOfType(
        DnsProviderException.class, () -> provider.apply(change(PRODUCTION, BACKUP)));
  }

  private static void assertRefused(DnsProvider provider, String text) {
    DnsProviderException e = failure(provider);

    assertThat(e.kind()).isEqualTo(Cause.REFUSED);
    assertThat(e).hasMessageContaining(text);
  }
}
