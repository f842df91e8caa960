package io.relais.failover.dns.rfc2136;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.common.Secret;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import io.relais.testbed.dns.FakeNameServer;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;

final class UpdatingServerTest {
  private static final String ZONE = "example.org";
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final String AT_PRODUCTION = "www.example.org 300 A 203.0.113.10";
  private static final String AT_BACKUP = "www.example.org 60 A 198.51.100.20";
  private static final String AT_A_STRANGERS = "www.example.org 300 A 192.0.2.99";
  private static final ZoneChange AWAY =
      new ZoneChange(
          ZONE,
          ImmutableList.of(
              new Replacement(
                  RrSet.of(WWW, Duration.ofMinutes(5), List.of("203.0.113.10")),
                  RrSet.of(WWW, Duration.ofMinutes(1), List.of("198.51.100.20")))));
  private static final TsigKey KEY =
      TsigKey.of("failover", "hmac-sha256", Secret.of("YSBzZWNyZXQ="));
  private static final TsigKey OTHER =
      TsigKey.of("failover", "hmac-sha256", Secret.of("YW5vdGhlciBzZWNyZXQ="));
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final FakePrimary primary = new FakePrimary(AT_PRODUCTION);
  private FakeNameServer server;
  private UpdatingServer provider;

  @BeforeEach
  void start() throws IOException {
    server = FakeNameServer.start(primary);
    server.sign(KEY.signer(Clock.systemUTC()));
    provider = provider(server.address(), PATIENCE);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void sendsNothingWhereAllIsDone() throws Exception {
    primary.hold(AT_BACKUP);

    provider.apply(AWAY);

    assertThat(primary.updates()).isZero();
  }

  @Test
  void speaksTcpOnly() throws Exception {
    primary.onUpdate(FakeNameServer.code(Rcode.NOERROR));

    provider.apply(AWAY);

    assertThat(server.asked()).allMatch(question -> question.startsWith("TCP"));
  }

  @Test
  void asksForTheChangeOnConditionOfWhatItRead() throws Exception {
    var sent = new AtomicReference<Message>();
    primary.onUpdate(
        (query, tcp) -> {
          sent.set(query);
          return FakeNameServer.code(Rcode.NOERROR).reply(query, tcp);
        });

    provider.apply(AWAY);

    assertThat(sent.get().getSection(Section.PREREQ))
        .extracting(record -> record.toString().replace('\t', ' '))
        .containsExactly("www.example.org. 0 NONE CNAME", "www.example.org. 0 IN A 203.0.113.10");
    assertThat(sent.get().getSection(Section.UPDATE))
        .extracting(record -> record.toString().replace('\t', ' '))
        .containsExactly("www.example.org. 0 ANY A", "www.example.org. 60 IN A 198.51.100.20");
  }

  @Test
  void theNextTryFindsWhatWasDoneThoughItsReplyWasLost() throws Exception {
    primary.onUpdate(
        (query, tcp) -> {
          primary.hold(AT_BACKUP);
          return FakeNameServer.silent().reply(query, tcp);
        });

    DnsProviderException lost = failure();
    assertThat(lost.kind()).isEqualTo(Cause.RETRY);
    assertThat(lost).hasMessageContaining("closed the connection");
    provider.apply(AWAY);

    assertThat(primary.updates()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NXRRSET", "YXRRSET"})
  void isContentThatAnotherDidTheSameInBetween(String code) throws Exception {
    primary.onUpdate(changedMeanwhile(AT_BACKUP, code));

    provider.apply(AWAY);

    assertThat(primary.updates()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NXRRSET", "YXRRSET"})
  void stopsWhereAnotherChangedTheRecordInBetween(String code) {
    primary.onUpdate(changedMeanwhile(AT_A_STRANGERS, code));

    assertThat(failure().kind()).isEqualTo(Cause.CONFLICT);
  }

  @Test
  void triesLaterWhereTheRecordsKeepChanging() {
    primary.onUpdate(changedMeanwhile("www.example.org 200 A 203.0.113.10", "NXRRSET"));

    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e).hasMessageContaining("at the same time");
  }

  @Test
  void refusesWhereTheServerShowsWhatItSaysIsNotThere() {
    primary.onUpdate(FakeNameServer.code(Rcode.NXRRSET));

    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(Cause.REFUSED);
    assertThat(e).hasMessageContaining("a wildcard (*) answers for the name");
  }

  @ParameterizedTest
  @CsvSource({
    "REFUSED, REFUSED, give the key 'failover' the right",
    "NOTAUTH, REFUSED, not authoritative for the zone",
    "NOTZONE, REFUSED, correct zones in [dns]",
    "NOTIMP, REFUSED, takes no dynamic updates",
    "FORMERR, REFUSED, FORMERR",
    "SERVFAIL, RETRY, its log says why"
  })
  void saysWhatAnErrorMeans(String code, Cause cause, String text) {
    primary.onUpdate(FakeNameServer.code(Rcode.value(code)));

    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(cause);
    assertThat(e)
        .hasMessageStartingWith(server.address() + ", asked to update www.example.org A: ")
        .hasMessageContaining(text);
  }

  @Test
  void doesNotBelieveASignatureOfAnother() {
    server.sign(OTHER.signer(Clock.systemUTC()));

    assertNotBelieved();
  }

  @Test
  void doesNotBelieveASuccessWithoutASignature() throws Exception {
    try (FakeNameServer unsigned = FakeNameServer.start(primary)) {
      provider = provider(unsigned.address(), PATIENCE);

      assertNotBelieved();
    }
  }

  private void assertNotBelieved() {
    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e).hasMessageContaining("not signed with the key 'failover'");
    assertThat(primary.updates()).isZero();
  }

  @Test
  void saysWhichClockIsWrongWhereTheServersTimeDoesNotHelp() throws Exception {
    TSIG signer = KEY.signer(Clock.offset(Clock.systemUTC(), Duration.ofHours(2)));
    FakeNameServer.Behaviour badTime =
        (query, tcp) -> {
          Message reply = FakeNameServer.replyTo(query);
          reply.getHeader().setRcode(Rcode.NOTAUTH);
          signer.apply(reply, Rcode.BADTIME, query.getTSIG());
          return Optional.of(reply);
        };
    try (FakeNameServer stubborn = FakeNameServer.start(badTime)) {
      provider = provider(stubborn.address(), PATIENCE);

      DnsProviderException e = failure();
      assertThat(e.kind()).isEqualTo(Cause.RETRY);
      assertThat(e).hasMessageFindingMatch("our clock is 7(199|200|201) s behind the server's");
      assertThat(stubborn.asked()).hasSize(2);
    }
  }

  @Test
  void reportsAnErrorWithoutASignature() throws Exception {
    try (FakeNameServer unsigned = FakeNameServer.start(FakeNameServer.code(Rcode.REFUSED))) {
      provider = provider(unsigned.address(), PATIENCE);

      assertThat(failure().kind()).isEqualTo(Cause.REFUSED);
    }
  }

  @Test
  void refusesAServerThatOnlyRepeatsWhatItHeard() {
    server.behave(primary.but(reply -> reply.getHeader().unsetFlag(Flags.AA)));

    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(Cause.REFUSED);
    assertThat(e).hasMessageContaining("not authoritative for the zone example.org");
    assertThat(primary.updates()).isZero();
  }

  @Test
  void triesLaterWhereNobodyListens() throws Exception {
    server.close();

    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e).hasMessageContaining("it refuses connections");
  }

  @Test
  void triesLaterWhereNoAnswerComes() {
    server.behave(FakeNameServer.silent());
    server.holdConnections();
    provider = provider(server.address(), Duration.ofMillis(300));

    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e).hasMessageContaining("no answer in time");
  }

  @Test
  void triesLaterWhereTheServersNameLeadsNowhere() {
    provider = provider(HostAndPort.fromString("ns1.example.org"), PATIENCE);

    DnsProviderException e = failure();
    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e).hasMessageContaining("ns1.example.org:53").hasMessageContaining("resolv.conf");
  }

  @Test
  void aDryRunSendsNoUpdate() throws Exception {
    primary.onUpdate(FakeNameServer.code(Rcode.NOERROR));

    assertThat(provider.check(ZONE, ImmutableSet.of(WWW), true))
        .extracting(Check::result)
        .containsOnly(Check.Status.OK);
    assertThat(primary.updates()).isZero();

    provider.check(ZONE, ImmutableSet.of(WWW), false);
    assertThat(primary.updates()).isEqualTo(1);
  }

  @Test
  void warnsOfAClockThatIsNearlyTooFarOff() throws Exception {
    server.sign(KEY.signer(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(2))));

    assertThat(provider.check(ZONE, ImmutableSet.of(WWW), true))
        .filteredOn(check -> check.name().equals("name server's clock"))
        .extracting(Check::result)
        .containsExactly(Check.Status.WARNING);
  }

  @Test
  void aCheckEndsWhereTheServerIsNotThere() throws Exception {
    server.close();

    assertThat(provider.check(ZONE, ImmutableSet.of(WWW), false))
        .singleElement()
        .satisfies(check -> assertThat(check.result()).isEqualTo(Check.Status.UNANSWERED));
  }

  @Test
  void saysWhoItIs() {
    assertThat(provider.describe()).isEqualTo(server.address() + " (RFC 2136)");
  }

  /** Somebody was faster: the condition does not hold. */
  private FakeNameServer.Behaviour changedMeanwhile(String record, String code) {
    return (query, tcp) -> {
      primary.hold(record);
      return FakeNameServer.code(Rcode.value(code)).reply(query, tcp);
    };
  }

  private DnsProviderException failure() {
    return catchThrowableOfType(DnsProviderException.class, () -> provider.apply(AWAY));
  }

  private static UpdatingServer provider(HostAndPort server, Duration timeout) {
    return new UpdatingServer(server, KEY, timeout, RealZone.noResolver(), Clock.systemUTC());
  }
}
