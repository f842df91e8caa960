package io.relais.failover.dns.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.RecordType;
import io.relais.testbed.dns.FakeNameServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class DnsQuestionsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final FakeNameServer.Behaviour DATA =
      FakeNameServer.holding("myip.example.net 0 A 198.51.100.20");

  private final DnsQuestions questions =
      new DnsQuestions(new StubResolver(ImmutableList::of, Path.of("/nonexistent/hosts")));
  private FakeNameServer server;

  @BeforeEach
  void start() throws IOException {
    server = FakeNameServer.start(DATA);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void returnsTheAddressesAndWishesForRecursion() throws Exception {
    var recursion = new AtomicReference<Boolean>();
    server.behave(
        (query, tcp) -> {
          recursion.set(query.getHeader().getFlag(Flags.RD));
          return DATA.reply(query, tcp);
        });

    assertThat(ask(RecordType.A)).containsExactly(InetAddresses.forString("198.51.100.20"));
    assertThat(recursion).hasValue(true);
    assertThat(server.asked()).containsExactly("UDP myip.example.net A");
  }

  @Test
  void returnsNothingWhereThereIsNothing() throws Exception {
    assertThat(ask(RecordType.AAAA)).isEmpty();
  }

  @Test
  void asksByTcpWhereTheAnswerIsCutOff() throws Exception {
    server.behave(
        (query, tcp) -> {
          Message reply = DATA.reply(query, tcp).orElseThrow();
          if (!tcp) {
            reply.removeAllRecords(Section.ANSWER);
            reply.getHeader().setFlag(Flags.TC);
          }
          return Optional.of(reply);
        });

    assertThat(ask(RecordType.A)).hasSize(1);
  }

  @Test
  void followsAliasesAsFarAsTheReplyShowsThem() throws Exception {
    server.behave(
        (query, tcp) -> {
          Message reply = FakeNameServer.replyTo(query);
          for (String step :
              ImmutableList.of(
                  "myip.example.net 1 CNAME b.example.net", "b.example.net 1 A 1.2.3.4")) {
            FakeNameServer.add(reply, step);
          }
          return Optional.of(reply);
        });

    assertThat(ask(RecordType.A)).containsExactly(InetAddresses.forString("1.2.3.4"));
  }

  @Test
  void endsAtARingOfAliases() throws Exception {
    server.behave(FakeNameServer.holding("myip.example.net 1 CNAME myip.example.net"));

    assertThat(ask(RecordType.A)).isEmpty();
  }

  @Test
  void saysWhichServerAnsweredWhatError() {
    server.behave(FakeNameServer.code(Rcode.REFUSED));

    assertThatThrownBy(() -> ask(RecordType.A))
        .isInstanceOf(DnsLookupException.class)
        .hasMessage("asked for myip.example.net A, " + server.address() + ": it answers REFUSED");
  }

  static Stream<Named<Consumer<Message>>> foreignReplies() {
    return Stream.of(
        Named.of("no question", reply -> reply.removeAllRecords(Section.QUESTION)),
        Named.of("another name", reply -> ask(reply, "other.example.net.", Type.A, DClass.IN)),
        Named.of("another type", reply -> ask(reply, "myip.example.net.", Type.TXT, DClass.IN)),
        Named.of("another class", reply -> ask(reply, "myip.example.net.", Type.A, DClass.CH)),
        Named.of(
            "two questions",
            reply -> reply.addRecord(question("x.example.", Type.A, DClass.IN), Section.QUESTION)),
        Named.of("another id", reply -> reply.getHeader().setID(reply.getHeader().getID() ^ 1)),
        Named.of("no reply at all", reply -> reply.getHeader().unsetFlag(Flags.QR)),
        Named.of("another opcode", reply -> reply.getHeader().setOpcode(Opcode.UPDATE)),
        Named.of(
            "an error without a question",
            reply -> {
              reply.removeAllRecords(Section.QUESTION);
              reply.getHeader().setRcode(Rcode.NXDOMAIN);
            }));
  }

  /** Only the id and a port would be left to guess for whoever can send packets. */
  @ParameterizedTest
  @MethodSource("foreignReplies")
  void aPacketThatDoesNotRepeatTheQuestionIsNoAnswer(Consumer<Message> change) {
    server.behave(DATA.but(change));

    assertThatThrownBy(
            () ->
                questions.ask(
                    server.address(), "myip.example.net", RecordType.A, Duration.ofMillis(200)))
        .isInstanceOf(DnsLookupException.class)
        .hasMessageEndingWith("no answer in time");
  }

  @ParameterizedTest
  @MethodSource("foreignReplies")
  void norIsWhatComesByTcp(Consumer<Message> change) {
    server.behave(
        (query, tcp) -> {
          Message reply = DATA.reply(query, tcp).orElseThrow();
          if (tcp) {
            change.accept(reply);
          } else {
            reply.getHeader().setFlag(Flags.TC);
          }
          return Optional.of(reply);
        });

    assertThatThrownBy(() -> ask(RecordType.A))
        .isInstanceOf(DnsLookupException.class)
        .hasMessageEndingWith("the reply belongs to another question, or repeats none");
  }

  @Test
  void aRecordOfAnotherClassIsNoAddress() throws Exception {
    server.behave(
        (query, tcp) -> {
          Message reply = FakeNameServer.replyTo(query);
          reply.addRecord(
              new ARecord(
                  question("myip.example.net.", Type.A, DClass.IN).getName(),
                  DClass.CH,
                  60,
                  InetAddresses.forString("192.0.2.66")),
              Section.ANSWER);
          return Optional.of(reply);
        });

    assertThat(ask(RecordType.A)).isEmpty();
  }

  /** What a server takes for our address is the one that the question came from. */
  @ParameterizedTest
  @CsvSource({"A, true", "AAAA, false"})
  void overTheSameProtocolOnlyAddressesOfItAreAsked(
      RecordType type, boolean hasOne, @TempDir Path directory) throws Exception {
    Path hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 ns.example.net\n");
    var named = new DnsQuestions(new StubResolver(ImmutableList::of, hosts));
    HostAndPort byName = HostAndPort.fromParts("ns.example.net", server.address().getPort());

    if (hasOne) {
      assertThat(named.askOverSameProtocol(byName, "myip.example.net", type, PATIENCE)).hasSize(1);
    } else {
      assertThatThrownBy(
              () -> named.askOverSameProtocol(byName, "myip.example.net", type, PATIENCE))
          .isInstanceOf(DnsLookupException.class)
          .hasMessageContaining("has no IPv6 address");
      assertThat(server.asked()).isEmpty();
    }
  }

  private static void ask(Message reply, String name, int type, int dclass) {
    reply.removeAllRecords(Section.QUESTION);
    reply.addRecord(question(name, type, dclass), Section.QUESTION);
  }

  private static Record question(String name, int type, int dclass) {
    return Record.newRecord(Name.fromConstantString(name), type, dclass);
  }

  @Test
  void saysThatNoAnswerCame() {
    server.behave(FakeNameServer.silent());

    assertThatThrownBy(
            () ->
                questions.ask(
                    server.address(), "myip.example.net", RecordType.A, Duration.ofMillis(200)))
        .isInstanceOf(DnsLookupException.class)
        .hasMessageEndingWith("no answer in time");
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    server.behave(FakeNameServer.silent());
    var outcome = new AtomicReference<Exception>();
    HostAndPort address = server.address();
    Thread asking =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    questions.ask(address, "myip.example.net", RecordType.A, Duration.ofHours(1));
                  } catch (DnsLookupException | InterruptedException e) {
                    outcome.set(e);
                  }
                });
    await().until(() -> !server.asked().isEmpty());

    asking.interrupt();

    assertThat(asking.join(PATIENCE)).isTrue();
    assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
  }

  private ImmutableSet<InetAddress> ask(RecordType type) throws Exception {
    return questions.ask(server.address(), "myip.example.net", type, PATIENCE);
  }
}
