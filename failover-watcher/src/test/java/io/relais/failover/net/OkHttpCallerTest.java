package io.relais.failover.net;

import static io.relais.testbed.web.FakeServer.answering;
import static io.relais.testbed.web.FakeServer.reply;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableMap;
import io.relais.testbed.FreePorts;
import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.Received;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class OkHttpCallerTest {
  private static final HttpLimits AMPLE = HttpLimits.within(Duration.ofSeconds(30));
  private static final InetAddress V4 = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress V6 = InetAddress.ofLiteral("::1");

  private final OkHttpCaller caller = OkHttpCaller.create();

  @Test
  void returnsStatusHeadersAndBody() throws Exception {
    try (FakeServer server =
        FakeServer.start(answering(r -> reply(418, "grün", "X-One: 1", "X-One: 2")))) {
      HttpReply reply = caller.send(get(server, "/"));

      assertThat(reply.status()).isEqualTo(418);
      assertThat(reply.headers().get("x-one")).containsExactly("1", "2");
      assertThat(reply.body()).hasSize(4);
      assertThat(reply.truncated()).isFalse();
      assertThat(reply.certificate()).isEmpty();
      assertThat(reply.address()).contains(V4);
    }
  }

  @Test
  void sendsMethodHeadersAndBody() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "null")))) {
      caller.send(
          HttpCall.of("PUT", uri(server, "/record/1"), AMPLE)
              .withHeaders(
                  ImmutableMap.of("Content-Type", "application/json", "X-Ovh-Timestamp", "17"))
              .withBody("{\"ttl\":60}".getBytes(UTF_8)));

      Received received = server.received().getFirst();
      assertThat(received.line()).isEqualTo("PUT /record/1 HTTP/1.1");
      assertThat(received.header("Content-Type")).contains("application/json");
      assertThat(received.header("X-Ovh-Timestamp")).contains("17");
      assertThat(received.body()).isEqualTo("{\"ttl\":60}");
    }
  }

  @Test
  void sendsAPostWithoutABody() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "null")))) {
      caller.send(HttpCall.of("POST", uri(server, "/refresh"), AMPLE));

      Received received = server.received().getFirst();
      assertThat(received.header("Content-Length")).contains("0");
      assertThat(received.header("Content-Type")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/1.0/domain/zone/example.org/record?fieldType=A&subDomain=www",
        "/1.0/domain/zone/example.org/record?fieldType=AAAA&subDomain=",
        "/1.0/domain/zone/example.org/record?subDomain=%2A.my%5Fname&x=a%20b+c",
        "/1.0/domain/zone/example.org/record/5301234567",
        "/trigger/site_down/with/key/aB-c_D",
        "/nic/update?system=dyndns&hostname=backup.example.org&myip=2001:db8::1",
        "/bot123:ABC/sendMessage?chat_id=@x;y,z!$(*)",
        "//double//slash/",
        "/%c3%bc/%C3%BC?q=%7e~",
        "/?",
        "/?&&a==b&",
        "/a;b=c/d:e@f"
      })
  void sendsPathAndQueryByteForByte(String target) throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "")))) {
      caller.send(get(server, target));

      assertThat(server.received().getFirst().target()).isEqualTo(target);
    }
  }

  @Test
  void changesInAUrlWhatEveryBrowserDoes() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "")))) {
      caller.send(get(server, "/a/../ü?q='x'#part"));

      assertThat(server.received().getFirst().target()).isEqualTo("/%C3%BC?q=%27x%27");
    }
  }

  @Test
  void sendsUserAndPasswordOfTheUrl() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "")))) {
      caller.send(
          HttpCall.of(
              "GET", URI.create("http://me:se%2Fcret@127.0.0.1:" + server.port() + "/"), AMPLE));

      assertThat(server.received().getFirst().header("Authorization"))
          .contains("Basic bWU6c2UvY3JldA==");
    }
  }

  @Test
  void usesNoConnectionTwice() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "x")))) {
      caller.send(get(server, "/1"));
      await().until(() -> server.ended() == 1);
      caller.send(get(server, "/2"));

      assertThat(server.received()).extracting(Received::connection).containsExactly(1, 2);
      await().until(() -> server.ended() == 2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 308, 401, 407, 408, 421, 503})
  void asksOnceAndReturnsWhateverStatus(int status) throws Exception {
    try (FakeServer server =
        FakeServer.start(
            answering(
                r ->
                    reply(
                        status,
                        "said",
                        "Location: /elsewhere",
                        "Retry-After: 0",
                        "WWW-Authenticate: Basic realm=x",
                        "Set-Cookie: a=b")))) {
      HttpReply reply = caller.send(get(server, "/"));

      assertThat(reply.status()).isEqualTo(status);
      assertThat(reply.header("Retry-After")).contains("0");
      assertThat(reply.text()).isEqualTo("said");
      assertThat(server.received()).hasSize(1);
    }
  }

  @Test
  void keepsNoCookies() throws Exception {
    try (FakeServer server =
        FakeServer.start(answering(r -> reply(200, "", "Set-Cookie: a=b; Path=/")))) {
      caller.send(get(server, "/"));
      caller.send(get(server, "/"));

      assertThat(server.received().getLast().header("Cookie")).isEmpty();
    }
  }

  @Test
  void asksThePinnedAddressUnderTheUrlsName() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "")))) {
      URI uri = URI.create("http://www.example.org:" + server.port() + "/");
      HttpReply reply = caller.send(HttpCall.of("GET", uri, AMPLE).withPin(Optional.of(V4)));

      assertThat(server.received().getFirst().header("Host"))
          .contains("www.example.org:" + server.port());
      assertThat(reply.timings().name()).isEmpty();
      assertThat(reply.address()).contains(V4);
    }
  }

  @Test
  void asksThePinnedAddressEvenIfTheUrlHasAnAddress() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "")))) {
      URI uri = URI.create("http://203.0.113.10:" + server.port() + "/");
      HttpReply reply = caller.send(HttpCall.of("GET", uri, AMPLE).withPin(Optional.of(V4)));

      assertThat(reply.status()).isEqualTo(200);
      assertThat(server.received().getFirst().header("Host"))
          .contains("203.0.113.10:" + server.port());
    }
  }

  @Test
  void speaksOverIpv6() throws Exception {
    try (FakeServer server = FakeServer.start(V6, 0, answering(r -> reply(200, "six")))) {
      URI uri = URI.create("http://[::1]:" + server.port() + "/");

      assertThat(caller.send(HttpCall.of("GET", uri, AMPLE)).text()).isEqualTo("six");
      assertThat(server.received().getFirst().header("Host")).contains("[::1]:" + server.port());
    }
  }

  @Test
  void staysInTheFamilyAskedFor() throws Exception {
    try (FakeServer four = FakeServer.start(V4, 0, answering(r -> reply(200, "four")));
        FakeServer six = FakeServer.start(V6, four.port(), answering(r -> reply(200, "six")))) {
      HttpCall call = HttpCall.of("GET", URI.create("http://localhost:" + six.port() + "/"), AMPLE);
      OkHttpCaller both = OkHttpCaller.create(OkHttpCallerTest::bothLoopbacks);

      assertThat(both.send(call.withFamily(IpFamily.V4)).text()).isEqualTo("four");
      assertThat(both.send(call.withFamily(IpFamily.V6)).text()).isEqualTo("six");
    }
  }

  @Test
  void refusesAFixedAddressOfTheOtherFamily() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "")))) {
      assertReason(
          HttpException.Reason.NAME,
          get(server, "/").withFamily(IpFamily.V6),
          "the name 127.0.0.1 has no IPv6 address");
      assertThat(server.connections()).isZero();
    }
  }

  @Test
  void triesTheNextAddressOfAName() throws Exception {
    try (FakeServer four = FakeServer.start(V4, 0, answering(r -> reply(200, "four")))) {
      OkHttpCaller both = OkHttpCaller.create((host, family) -> List.of(V6, V4));
      HttpReply reply =
          both.send(
              HttpCall.of("GET", URI.create("http://two.example:" + four.port() + "/"), AMPLE));

      assertThat(reply.text()).isEqualTo("four");
      assertThat(reply.address()).contains(V4);
      assertThat(reply.timings().name()).isPresent();
    }
  }

  @Test
  void seesThatANameLeadsElsewhereNow() throws Exception {
    try (FakeServer four = FakeServer.start(V4, 0, answering(r -> reply(200, "four")));
        FakeServer six = FakeServer.start(V6, four.port(), answering(r -> reply(200, "six")))) {
      AtomicReference<InetAddress> now = new AtomicReference<>(V4);
      OkHttpCaller moved = OkHttpCaller.create((host, family) -> List.of(now.get()));
      HttpCall call =
          HttpCall.of("GET", URI.create("http://moving.example:" + six.port() + "/"), AMPLE);

      assertThat(moved.send(call).text()).isEqualTo("four");
      now.set(V6);
      assertThat(moved.send(call).text()).isEqualTo("six");
    }
  }

  @Test
  void readsNoMoreThanTheLargestBody() throws Exception {
    try (FakeServer server =
        FakeServer.start(FakeServer.dribbling("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(1000)))) {
      HttpReply reply = caller.send(get(server, "/").withLargestBody(1500));

      assertThat(reply.body()).hasSize(1500);
      assertThat(reply.truncated()).isTrue();
      await().until(() -> server.ended() == 1);
    }
  }

  @Test
  void takesABodyOfExactlyTheLargestSize() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "12345")))) {
      assertThat(caller.send(get(server, "/").withLargestBody(5)).truncated()).isFalse();
      assertThat(caller.send(get(server, "/").withLargestBody(4)).truncated()).isTrue();
    }
  }

  @Test
  void unpacksNoMoreThanTheLargestBody() throws Exception {
    String bomb = zipped(100 << 20);
    try (FakeServer server =
        FakeServer.start(answering(r -> reply(200, bomb, "Content-Encoding: gzip")))) {
      HttpReply reply = caller.send(get(server, "/").withLargestBody(1000));

      assertThat(reply.body()).hasSize(1000).containsOnly((byte) 0);
      assertThat(reply.truncated()).isTrue();
    }
  }

  @Test
  void saysThatANameLeadsNowhere() {
    OkHttpCaller lost =
        OkHttpCaller.create(
            (host, family) -> {
              throw new UnknownHostException(host);
            });
    assertThatThrownBy(
            () -> lost.send(HttpCall.of("GET", URI.create("http://gone.example/secret"), AMPLE)))
        .isInstanceOfSatisfying(
            HttpException.class, e -> assertThat(e.reason()).isEqualTo(HttpException.Reason.NAME))
        .hasMessage("gone.example does not resolve (no such host)");
  }

  @Test
  void saysThatNobodyListens() throws Exception {
    int port = FreePorts.next();
    assertReason(
        HttpException.Reason.REFUSED,
        HttpCall.of("GET", URI.create("http://127.0.0.1:" + port + "/secret"), AMPLE),
        "127.0.0.1:" + port + " refused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "junk\r\n\r\n",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"
      })
  void saysThatAReplyIsBroken(String said) throws Exception {
    try (FakeServer server =
        FakeServer.start(
            peer -> {
              peer.read();
              peer.write(said);
            })) {
      assertReason(HttpException.Reason.BROKEN, get(server, "/secret"), null);
    }
  }

  @Test
  void saysThatAConnectionWasReset() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.resetting(true))) {
      assertReason(HttpException.Reason.BROKEN, get(server, "/secret"), null);
    }
  }

  @Test
  void keepsSecretsOutOfMessages() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.saying("junk"))) {
      HttpCall call = get(server, "/with/key/sesame?token=sesame");
      assertThatThrownBy(() -> caller.send(call))
          .isInstanceOfSatisfying(
              HttpException.class,
              e -> {
                for (Throwable t = e; t != null; t = t.getCause()) {
                  assertThat(t.toString()).doesNotContain("sesame");
                }
              });
    }
  }

  @Test
  void refusesHeadersThatHttpCannotCarryWithoutShowingThem() throws Exception {
    HttpCall call = HttpCall.of("GET", URI.create("http://127.0.0.1/"), AMPLE);
    assertThatThrownBy(() -> call.withHeaders(ImmutableMap.of("Authorization", "sesame\n")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("header Authorization has what HTTP can't carry");
  }

  private void assertReason(HttpException.Reason reason, HttpCall call, @Nullable String message) {
    assertThatThrownBy(() -> caller.send(call))
        .isInstanceOfSatisfying(
            HttpException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.getMessage()).doesNotContain("secret");
              if (message != null) {
                assertThat(e).hasMessage(message);
              }
            });
  }

  private static List<InetAddress> bothLoopbacks(String host, Optional<IpFamily> family) {
    return family.isEmpty() ? List.of(V6, V4) : List.of(family.get() == IpFamily.V4 ? V4 : V6);
  }

  private static HttpCall get(FakeServer server, String target) {
    return HttpCall.of("GET", uri(server, target), AMPLE);
  }

  private static URI uri(FakeServer server, String target) {
    return URI.create("http://127.0.0.1:" + server.port() + target);
  }

  private static String zipped(int zeros) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      byte[] block = new byte[1 << 20];
      for (int left = zeros; left > 0; left -= block.length) {
        out.write(block);
      }
    }
    return packed.toString(ISO_8859_1);
  }
}
