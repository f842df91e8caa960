package io.relais.failover.dns.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsLookupException;
import io.relais.testbed.dns.FakeNameServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class StubResolverTest {
  @TempDir private Path folder;
  private FakeNameServer server;
  private StubResolver resolver;

  @BeforeEach
  void start() throws IOException {
    server =
        FakeNameServer.start(
            FakeNameServer.holding(
                "ns1.example.net 300 A 192.0.2.1",
                "ns1.example.net 300 AAAA 2001:db8::1",
                "alias.example.net 300 CNAME ns1.example.net."));
    resolver = new StubResolver(() -> ImmutableList.of(server.socketAddress()), hosts());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Path hosts() {
    return folder.resolve("hosts");
  }

  @Test
  void findsTheAddressesOfBothFamilies() throws Exception {
    assertThat(resolver.addresses("ns1.example.net", deadline()))
        .containsExactly(
            InetAddresses.forString("192.0.2.1"), InetAddresses.forString("2001:db8::1"));
  }

  @Test
  void anAddressIsItsOwn() throws Exception {
    assertThat(resolver.addresses("2001:db8::5", deadline()))
        .containsExactly(InetAddresses.forString("2001:db8::5"));
    assertThat(server.asked()).isEmpty();
  }

  @Test
  void theHostsFileGoesBeforeDns() throws Exception {
    Files.writeString(hosts(), "192.0.2.77 ns1.example.net\n");

    assertThat(resolver.addresses("ns1.example.net", deadline()))
        .contains(InetAddresses.forString("192.0.2.77"))
        .doesNotContain(InetAddresses.forString("192.0.2.1"));
  }

  @Test
  void saysThatThereIsNoAddress() {
    assertThatThrownBy(() -> resolver.addresses("nowhere.example.net", deadline()))
        .isInstanceOf(DnsLookupException.class)
        .hasMessage("nowhere.example.net has no address");
  }

  @ParameterizedTest
  @ValueSource(ints = {Type.A, Type.AAAA})
  void findsTheAddressesOfOneFamilyWhereTheOtherIsRefused(int refused) throws Exception {
    server.behave(refusing(refused, FakeNameServer.code(Rcode.SERVFAIL)));

    assertThat(resolver.addresses("ns1.example.net", deadline()))
        .containsExactly(InetAddresses.forString(refused == Type.A ? "2001:db8::1" : "192.0.2.1"));
  }

  @Test
  void leavesTimeToUseTheAddressesWhereTheOtherFamilyIsNotAnswered() throws Exception {
    server.behave(refusing(Type.AAAA, FakeNameServer.silent()));
    Deadline deadline = Deadline.after(Duration.ofSeconds(2));

    assertThat(resolver.addresses("ns1.example.net", deadline))
        .containsExactly(InetAddresses.forString("192.0.2.1"));
    assertThat(deadline.left()).isGreaterThan(Duration.ofMillis(200));
  }

  private static FakeNameServer.Behaviour refusing(int type, FakeNameServer.Behaviour refusal) {
    FakeNameServer.Behaviour records =
        FakeNameServer.holding(
            "ns1.example.net 300 A 192.0.2.1", "ns1.example.net 300 AAAA 2001:db8::1");
    return (query, tcp) ->
        query.getQuestion().getType() == type
            ? refusal.reply(query, tcp)
            : records.reply(query, tcp);
  }

  @Test
  void asksTheNextResolverWhereOneFails() throws Exception {
    try (FakeNameServer broken = FakeNameServer.start(FakeNameServer.code(Rcode.SERVFAIL))) {
      var both =
          new StubResolver(
              () -> ImmutableList.of(broken.socketAddress(), server.socketAddress()), hosts());

      assertThat(both.addresses("ns1.example.net", deadline())).hasSize(2);
      assertThat(broken.asked()).hasSize(2);
    }
  }

  @Test
  void saysWhatEachResolverSaid() {
    server.behave(FakeNameServer.code(Rcode.SERVFAIL));

    assertThatThrownBy(() -> resolver.addresses("ns1.example.net", deadline()))
        .isInstanceOf(DnsLookupException.class)
        .hasMessageContaining("ns1.example.net A")
        .hasMessageContaining("SERVFAIL")
        .hasMessageNotContaining("/127.")
        .hasMessageContaining("/etc/resolv.conf");
  }

  @Test
  void findsAZoneByTheSoaRecordInTheAuthoritySection() throws Exception {
    server.behave(zoneIs("example.org"));

    assertThat(resolver.zoneOf("a.b.example.org", deadline())).isEqualTo("example.org");
    assertThat(server.asked()).containsExactly("UDP a.b.example.org SOA");
  }

  @Test
  void findsAZoneByTheSoaRecordAtItsTop() throws Exception {
    server.behave(
        FakeNameServer.holding(
            "example.org 300 SOA ns1.example.org. hostmaster.example.org. 1 2 3 4 5"));

    assertThat(resolver.zoneOf("www.example.org", deadline())).isEqualTo("example.org");
    assertThat(resolver.zoneOf("example.org", deadline())).isEqualTo("example.org");
  }

  @Test
  void anAliasIsInTheZoneOfItsOwnNameAndNotOfItsTarget() throws Exception {
    FakeNameServer.Behaviour zone =
        FakeNameServer.holding(
            "www.example.org 300 CNAME www.example.net.",
            "example.org 300 SOA ns1.example.org. hostmaster.example.org. 1 2 3 4 5");
    server.behave(zone);

    assertThat(resolver.zoneOf("www.example.org", deadline())).isEqualTo("example.org");
  }

  @Test
  void aTopLevelDomainIsNobodysZone() {
    server.behave(zoneIs("org"));

    assertThatThrownBy(() -> resolver.zoneOf("www.exmaple.org", deadline()))
        .isInstanceOf(DnsLookupException.class)
        .hasMessageContaining("is the name right?");
  }

  private static FakeNameServer.Behaviour zoneIs(String zone) {
    return (query, tcp) -> {
      Message reply = FakeNameServer.replyTo(query);
      reply.getHeader().setRcode(Rcode.NXDOMAIN);
      Name owner = DnsNames.absolute(zone);
      reply.addRecord(new SOARecord(owner, 1, 300, owner, owner, 1, 2, 3, 4, 5), Section.AUTHORITY);
      return Optional.of(reply);
    };
  }

  private static Deadline deadline() {
    return Deadline.after(Duration.ofSeconds(30));
  }
}
