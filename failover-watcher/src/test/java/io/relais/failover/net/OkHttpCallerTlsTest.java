package io.relais.failover.net;

import static io.relais.testbed.web.FakeServer.answering;
import static io.relais.testbed.web.FakeServer.reply;
import static io.relais.testbed.web.FakeServer.tls;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.failover.net.HttpCall.Trust;
import io.relais.failover.net.HttpException.Reason;
import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.FakeServer.Behaviour;
import io.relais.testbed.web.TestCertificates;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class OkHttpCallerTlsTest {
  private static final HttpLimits AMPLE = HttpLimits.within(Duration.ofSeconds(30));
  private static final Behaviour WELL = answering(r -> reply(200, "well"));
  private static final String NAME = "www.example.org";
  private static final Duration MONTH = Duration.ofDays(30);

  private final OkHttpCaller caller = OkHttpCaller.create();
  private final TestCertificates certificates = new TestCertificates();
  private Trust ours = Trust.system();

  @BeforeEach
  void writeAuthority(@TempDir Path dir) throws Exception {
    ours = new Trust(Optional.of(certificates.writeAuthority(dir.resolve("ca.pem"))), true);
  }

  @Test
  void believesAnAuthorityOfTheFile() throws Exception {
    try (FakeServer server = FakeServer.start(tls(certificates.valid(MONTH, NAME), WELL))) {
      HttpReply reply = caller.send(call(server).withTrust(ours));

      assertThat(reply.text()).isEqualTo("well");
      assertThat(reply.certificate().map(OkHttpCallerTlsTest::subject)).contains("CN=" + NAME);
      assertThat(reply.timings().tls()).isPresent();
    }
  }

  @Test
  void showsTheUrlsNameToAPinnedServer() throws Exception {
    try (FakeServer server = FakeServer.start(tls(certificates.valid(MONTH, NAME), WELL))) {
      caller.send(call(server).withTrust(ours));

      assertThat(server.received().getFirst().serverName()).contains(NAME);
      assertThat(server.received().getFirst().header("Host")).contains(NAME + ":" + server.port());
    }
  }

  @Test
  void judgesACertificateForAnAddress() throws Exception {
    try (FakeServer server = FakeServer.start(tls(certificates.valid(MONTH, "127.0.0.1"), WELL))) {
      URI uri = URI.create("https://127.0.0.1:" + server.port() + "/");

      assertThat(caller.send(HttpCall.of("GET", uri, AMPLE).withTrust(ours)).status())
          .isEqualTo(200);
      assertThat(server.received().getFirst().serverName()).isEmpty();
    }
  }

  @Test
  void shakesHandsAnewEachTime() throws Exception {
    try (FakeServer server = FakeServer.start(tls(certificates.valid(MONTH, NAME), WELL))) {
      for (int i = 0; i < 3; i++) {
        assertThat(caller.send(call(server).withTrust(ours)).certificate()).isPresent();
      }
      assertThat(server.connections()).isEqualTo(3);
    }
  }

  @Test
  void refusesAnUnknownAuthority() throws Exception {
    assertRefused(
        certificates.valid(MONTH, NAME),
        Trust.system(),
        "the certificate is not signed by a trusted authority (CN=" + NAME + ")");
  }

  @Test
  void refusesAnotherName() throws Exception {
    assertRefused(
        certificates.valid(MONTH, "parking.example"),
        ours,
        "the certificate is not for www.example.org (CN=parking.example)");
  }

  @Test
  void refusesAnExpiredCertificate() throws Exception {
    Duration ago = Duration.ofHours(36);
    assertRefused(
        certificates.expired(ago, NAME),
        ours,
        "certificate expired on "
            + LocalDate.ofInstant(Instant.now().minus(ago), ZoneOffset.UTC)
            + " (CN="
            + NAME
            + ")");
  }

  @Test
  void refusesACertificateThatIsNotValidYet() throws Exception {
    Duration until = Duration.ofHours(36);
    assertRefused(
        certificates.early(until, NAME),
        ours,
        "certificate is not valid before "
            + LocalDate.ofInstant(Instant.now().plus(until), ZoneOffset.UTC)
            + " (CN="
            + NAME
            + ")");
  }

  @Test
  void takesAnyCertificateIfToldSo() throws Exception {
    Trust any = new Trust(Optional.empty(), false);
    for (SSLContext context :
        new SSLContext[] {
          certificates.expired(MONTH, NAME), certificates.valid(MONTH, "parking.example")
        }) {
      try (FakeServer server = FakeServer.start(tls(context, WELL))) {
        HttpReply reply = caller.send(call(server).withTrust(any));

        assertThat(reply.text()).isEqualTo("well");
        assertThat(reply.certificate()).isPresent();
      }
    }
  }

  @Test
  void saysThatAnAuthoritiesFileIsNone(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("not.pem"), "nothing here");
    try (FakeServer server = FakeServer.start(tls(certificates.valid(MONTH, NAME), WELL))) {
      for (Path wrong : new Path[] {file, dir.resolve("absent.pem")}) {
        assertThatThrownBy(
                () -> caller.send(call(server).withTrust(new Trust(Optional.of(wrong), true))))
            .isInstanceOfSatisfying(
                HttpException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CERTIFICATE))
            .hasMessageContaining(wrong.toString());
      }
      assertThat(server.connections()).isZero();
    }
  }

  @Test
  void tellsTlsThatFailsFromACertificateThatIsRefused() throws Exception {
    for (Behaviour behaviour :
        new Behaviour[] {
          FakeServer.saying("HTTP/1.1 400 Bad Request\r\n\r\n"),
          FakeServer.saying(""),
          FakeServer.resetting(false)
        }) {
      try (FakeServer server = FakeServer.start(behaviour)) {
        assertThatThrownBy(() -> caller.send(call(server)))
            .isInstanceOfSatisfying(
                HttpException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TLS))
            .hasMessage("the TLS handshake with 127.0.0.1:" + server.port() + " failed");
      }
    }
  }

  @Test
  void speaksHttp2() throws Exception {
    SSLContext context = certificates.valid(MONTH, NAME);
    try (FakeServer server =
        FakeServer.start(peer -> answerOverHttp2(peer.secured(context, "h2")))) {
      HttpReply reply = caller.send(call(server).withTrust(ours));

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.text()).isEqualTo("two");
      assertThat(reply.certificate()).isPresent();
    }
  }

  @Test
  void givesUpAnHttp2ServerThatNeverAnswers() throws Exception {
    SSLContext context = certificates.valid(MONTH, NAME);
    HttpLimits limits =
        new HttpLimits(AMPLE.connect(), AMPLE.tls(), Duration.ofMillis(300), Duration.ofMinutes(5));
    try (FakeServer server =
        FakeServer.start(
            peer -> {
              FakeServer.Peer secured = peer.secured(context, "h2");
              secured.write("\0\0\0\4\0\0\0\0\0"); // SETTINGS
              secured.untilClosed();
            })) {
      HttpCall call = HttpCall.of("GET", call(server).uri(), limits);
      assertThatThrownBy(() -> caller.send(call.withPin(pin()).withTrust(ours)))
          .isInstanceOfSatisfying(
              HttpException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
    }
  }

  /** RFC 9113, as little of it as one reply takes; RFC 7541: 0x88 is ":status: 200". */
  private static void answerOverHttp2(FakeServer.Peer peer) throws IOException {
    DataInputStream in = new DataInputStream(peer.socket().getInputStream());
    in.skipNBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length());
    peer.write("\0\0\0\4\0\0\0\0\0"); // SETTINGS
    int type = -1;
    int stream = 0;
    while (type != 1) { // HEADERS
      int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
      type = in.readUnsignedByte();
      in.readByte();
      stream = in.readInt();
      in.skipNBytes(length);
    }
    String id = "\0\0\0" + (char) stream;
    peer.write("\0\0\1\1\4" + id + "\u0088"); // HEADERS, END_HEADERS
    peer.write("\0\0\3\0\1" + id + "two"); // DATA, END_STREAM
    peer.untilClosed();
  }

  private void assertRefused(SSLContext context, Trust trust, String message) throws Exception {
    try (FakeServer server = FakeServer.start(tls(context, WELL))) {
      assertThatThrownBy(() -> caller.send(call(server).withTrust(trust)))
          .isInstanceOfSatisfying(
              HttpException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(Reason.CERTIFICATE);
                assertThat(e.certificate()).isPresent();
              })
          .hasMessage(message);
      assertThat(server.received()).isEmpty();
    }
  }

  private static HttpCall call(FakeServer server) {
    return HttpCall.of("GET", URI.create("https://" + NAME + ":" + server.port() + "/x"), AMPLE)
        .withPin(pin());
  }

  private static Optional<InetAddress> pin() {
    return Optional.of(InetAddress.ofLiteral("127.0.0.1"));
  }

  private static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName();
  }
}
