package io.relais.failover.dns.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.failover.dns.Authority.ServerAnswer;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.testbed.dns.FakeNameServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

final class AuthoritativeServersTest {
  private static final String ZONE = "example.org";
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey WWW6 = new RecordKey("www.example.org", RecordType.AAAA);
  private static final RrSet SET =
      RrSet.of(WWW, Duration.ofMinutes(5), List.of("203.0.113.10", "203.0.113.11"));
  private static final Path NO_HOSTS = Path.of("/nonexistent/hosts");

  /** Long enough never to pass where an answer comes. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration SHORT = Duration.ofMillis(300);

  private static final FakeNameServer.Behaviour ZONE_DATA =
      FakeNameServer.holding(
          "www.example.org 300 A 203.0.113.10",
          "www.example.org 300 A 203.0.113.11",
          "shop.example.org 300 CNAME shops.example.net");

  private FakeNameServer server;
  private FakeNameServer resolver;

  @BeforeEach
  void start() throws IOException {
    server = FakeNameServer.start(ZONE_DATA);
    resolver = FakeNameServer.start(FakeNameServer.code(Rcode.SERVFAIL));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    resolver.close();
  }

  @Test
  void asksOverBothTransportsAndNeverTheResolverWhereAllIsConfigured() throws Exception {
    AuthoritativeServers authority = configured(PATIENCE, server.address());

    assertThat(authority.zoneOf("www.example.org")).isEqualTo(ZONE);
    ImmutableList<ServerAnswer> answers = authority.ask(ZONE, ImmutableSet.of(WWW, WWW6));

    assertThat(answers).extracting(ServerAnswer::transport).containsExactly("UDP", "TCP");
    assertThat(answers)
        .allSatisfy(
            serverAnswer -> {
              assertThat(serverAnswer.failure()).isEmpty();
              assertThat(serverAnswer.server()).isEqualTo(server.address().toString());
              assertThat(serverAnswer.sets()).containsEntry(WWW, SET);
              assertThat(serverAnswer.sets()).containsEntry(WWW6, RrSet.none(WWW6));
            });
    assertThat(resolver.asked()).isEmpty();
  }

  @Test
  void asksForNoRecursion() throws Exception {
    var recursion = new AtomicInteger();
    server.behave(
        (query, tcp) -> {
          if (query.getHeader().getFlag(Flags.RD)) {
            recursion.incrementAndGet();
          }
          return ZONE_DATA.reply(query, tcp);
        });

    configured(PATIENCE, server.address()).ask(ZONE, ImmutableSet.of(WWW));

    assertThat(recursion).hasValue(0);
  }

  @Test
  void aNameThatDoesNotExistHasNoRecords() throws Exception {
    RecordKey key = new RecordKey("nowhere.example.org", RecordType.A);

    assertThat(configured(PATIENCE, server.address()).ask(ZONE, ImmutableSet.of(key)))
        .allSatisfy(
            serverAnswer -> assertThat(serverAnswer.sets()).containsEntry(key, RrSet.none(key)));
  }

  @Test
  void doesNotBelieveWhoIsNotAuthoritative() throws Exception {
    server.behave(ZONE_DATA.but(reply -> reply.getHeader().unsetFlag(Flags.AA)));

    assertFailures("is not authoritative for example.org");
  }

  @Test
  void doesNotBelieveANegativeAnswerWithoutAuthority() throws Exception {
    server.behave(FakeNameServer.code(Rcode.NXDOMAIN));

    assertFailures("is not authoritative for example.org");
  }

  @ParameterizedTest
  @ValueSource(strings = {"REFUSED", "SERVFAIL", "NOTIMP"})
  void saysWhichErrorCame(String code) throws Exception {
    server.behave(FakeNameServer.code(Rcode.value(code)));

    assertFailures(code);
  }

  @Test
  void namesTheTargetOfAnAlias() throws Exception {
    RecordKey key = new RecordKey("shop.example.org", RecordType.A);

    assertThat(configured(PATIENCE, server.address()).ask(ZONE, ImmutableSet.of(key)))
        .allSatisfy(
            serverAnswer ->
                assertThat(serverAnswer.failure().orElse(""))
                    .isEqualTo(
                        "shop.example.org is an alias (CNAME of 'shops.example.net'): put its"
                            + " target into [site] names, or give it an address instead"));
  }

  @Test
  void aCutOffPacketIsAskedForAgainByTcp() throws Exception {
    server.behave(
        (query, tcp) -> {
          Message whole = ZONE_DATA.reply(query, tcp).orElseThrow();
          if (!tcp) {
            whole.removeAllRecords(Section.ANSWER);
            whole.getHeader().setFlag(Flags.TC);
          }
          return Optional.of(whole);
        });

    assertThat(configured(PATIENCE, server.address()).ask(ZONE, ImmutableSet.of(WWW)))
        .allSatisfy(serverAnswer -> assertThat(serverAnswer.sets()).containsEntry(WWW, SET));
  }

  @Test
  void aLostPacketIsSentAgain() throws Exception {
    var lost = new AtomicInteger();
    server.behave(
        (query, tcp) ->
            !tcp && lost.getAndIncrement() < 2 ? Optional.empty() : ZONE_DATA.reply(query, tcp));

    assertThat(configured(Duration.ofSeconds(3), server.address()).ask(ZONE, ImmutableSet.of(WWW)))
        .allSatisfy(serverAnswer -> assertThat(serverAnswer.sets()).containsEntry(WWW, SET));
  }

  @Test
  void packetsThatBelongToNothingAreLeftAside() throws Exception {
    server.sendStraysFirst();

    assertThat(configured(PATIENCE, server.address()).ask(ZONE, ImmutableSet.of(WWW)))
        .allSatisfy(serverAnswer -> assertThat(serverAnswer.sets()).containsEntry(WWW, SET));
  }

  @Test
  void saysThatNoAnswerCame() throws Exception {
    server.behave(FakeNameServer.silent());
    server.holdConnections();

    assertThat(configured(SHORT, server.address()).ask(ZONE, ImmutableSet.of(WWW)))
        .extracting(serverAnswer -> serverAnswer.failure().orElse(""))
        .containsExactly("no answer in time", "no answer in time");
  }

  @Test
  void saysThatNobodyListens() throws Exception {
    HostAndPort gone = server.address();
    server.close();

    assertThat(configured(PATIENCE, gone).ask(ZONE, ImmutableSet.of(WWW)))
        .extracting(serverAnswer -> serverAnswer.failure().orElse(""))
        .containsExactly("nothing listens there", "it refuses connections");
  }

  @Test
  void aServerWithoutARouteDoesNotSpoilTheOthers() throws Exception {
    HostAndPort nowhere = HostAndPort.fromParts("fe80::1", server.address().getPort());

    ImmutableList<ServerAnswer> answers =
        configured(PATIENCE, nowhere, server.address()).ask(ZONE, ImmutableSet.of(WWW));

    assertThat(answers).filteredOn(serverAnswer -> serverAnswer.failure().isPresent()).hasSize(2);
    assertThat(answers)
        .filteredOn(serverAnswer -> serverAnswer.failure().isEmpty())
        .hasSize(2)
        .allSatisfy(serverAnswer -> assertThat(serverAnswer.sets()).containsEntry(WWW, SET));
  }

  @Test
  void showsServersThatDisagree() throws Exception {
    try (FakeNameServer stale =
        FakeNameServer.start(FakeNameServer.holding("www.example.org 60 A 198.51.100.20"))) {
      assertThat(
              configured(PATIENCE, server.address(), stale.address())
                  .ask(ZONE, ImmutableSet.of(WWW)))
          .extracting(serverAnswer -> serverAnswer.sets().get(WWW))
          .containsExactly(
              SET,
              SET,
              RrSet.of(WWW, Duration.ofMinutes(1), List.of("198.51.100.20")),
              RrSet.of(WWW, Duration.ofMinutes(1), List.of("198.51.100.20")));
    }
  }

  @Test
  void findsTheServersAndAllTheirAddresses() throws Exception {
    resolver.behave(
        FakeNameServer.holding(
            "example.org 300 NS ns1.example.net.",
            "example.org 300 NS ns2.example.net.",
            "ns1.example.net 300 A 127.0.0.1",
            "ns1.example.net 300 A 127.0.0.2"));
    try (FakeNameServer beside =
        FakeNameServer.startBeside(server, "127.0.0.2", FakeNameServer.code(Rcode.REFUSED))) {
      int port = server.address().getPort();

      ImmutableList<ServerAnswer> answers = found(port).ask(ZONE, ImmutableSet.of(WWW));

      assertThat(answers)
          .extracting(ServerAnswer::server)
          .containsExactly(
              "ns1.example.net (127.0.0.1:" + port + ")",
              "ns1.example.net (127.0.0.2:" + port + ")",
              "ns1.example.net (127.0.0.1:" + port + ")",
              "ns1.example.net (127.0.0.2:" + port + ")",
              "ns2.example.net",
              "ns2.example.net");
      assertThat(answers.get(4).failure()).hasValue("ns2.example.net has no address");
      assertThat(beside.asked()).hasSize(2);
    }
  }

  @Test
  void keepsNothingFromOneCallToTheNext() throws Exception {
    resolver.behave(
        FakeNameServer.holding(
            "example.org 86400 NS ns1.example.net.", "ns1.example.net 86400 A 127.0.0.1"));
    AuthoritativeServers authority = found(server.address().getPort());
    authority.ask(ZONE, ImmutableSet.of(WWW));
    int once = resolver.asked().size();

    authority.ask(ZONE, ImmutableSet.of(WWW));

    assertThat(resolver.asked()).hasSize(2 * once);
  }

  @Test
  void failsWhereNoServerCanBeFound() {
    resolver.behave(FakeNameServer.holding("example.org 300 NS ns1.example.net."));

    assertThatThrownBy(() -> found(1).ask(ZONE, ImmutableSet.of(WWW)))
        .isInstanceOf(DnsLookupException.class)
        .hasMessage("no name server of example.org can be found: ns1.example.net has no address");
  }

  @Test
  void failsWhereTheZoneHasNoNameServers() {
    resolver.behave(FakeNameServer.holding("www.example.org 300 A 203.0.113.10"));

    assertThatThrownBy(() -> found(1).ask(ZONE, ImmutableSet.of(WWW)))
        .isInstanceOf(DnsLookupException.class)
        .hasMessageContaining("no name servers (NS) of the zone example.org");
  }

  @Test
  void theLongestConfiguredZoneIsTheNamesOwn() throws Exception {
    AuthoritativeServers authority =
        new AuthoritativeServers(
            ImmutableList.of("example.org", "sub.example.org", "ample.org"),
            ImmutableList.of(),
            PATIENCE,
            stub());

    assertThat(authority.zoneOf("www.example.org")).isEqualTo("example.org");
    assertThat(authority.zoneOf("www.sub.example.org")).isEqualTo("sub.example.org");
    assertThat(authority.zoneOf("sub.example.org")).isEqualTo("sub.example.org");
    assertThatThrownBy(() -> authority.zoneOf("www.example.net"))
        .isInstanceOf(DnsLookupException.class)
        .hasMessageContaining("zones in [dns]");
    assertThat(resolver.asked()).isEmpty();
  }

  private void assertFailures(String text) throws Exception {
    assertThat(configured(PATIENCE, server.address()).ask(ZONE, ImmutableSet.of(WWW)))
        .hasSize(2)
        .allSatisfy(
            serverAnswer -> {
              assertThat(serverAnswer.failure().orElse("")).contains(text);
              assertThat(serverAnswer.sets()).isEmpty();
            });
  }

  private AuthoritativeServers configured(Duration timeout, HostAndPort... servers) {
    return new AuthoritativeServers(
        ImmutableList.of(ZONE), ImmutableList.copyOf(Arrays.asList(servers)), timeout, stub());
  }

  private AuthoritativeServers found(int port) {
    return new AuthoritativeServers(ImmutableList.of(), ImmutableList.of(), PATIENCE, stub(), port);
  }

  private StubResolver stub() {
    return new StubResolver(() -> ImmutableList.of(resolver.socketAddress()), NO_HOSTS);
  }
}
