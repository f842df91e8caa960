package io.relais.failover.net;

import static io.relais.testbed.web.FakeServer.answering;
import static io.relais.testbed.web.FakeServer.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.failover.net.HttpException.Reason;
import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.FakeServer.Behaviour;
import io.relais.testbed.web.SilentPort;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each limit alone is short; the others would let the test run into its own. */
@Timeout(20)
final class OkHttpCallerLimitsTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final HttpLimits SHORT_CONNECT = new HttpLimits(SHORT, LONG, LONG, LONG);
  private static final HttpLimits SHORT_TLS = new HttpLimits(LONG, SHORT, LONG, LONG);
  private static final HttpLimits SHORT_FIRST_BYTE = new HttpLimits(LONG, LONG, SHORT, LONG);
  private static final HttpLimits SHORT_WHOLE = new HttpLimits(LONG, LONG, LONG, SHORT);
  private static final InetAddress V4 = InetAddress.ofLiteral("127.0.0.1");

  private final OkHttpCaller caller = OkHttpCaller.create();

  @Test
  void givesUpConnecting() throws Exception {
    try (SilentPort full = SilentPort.open()) {
      assertLate(
          HttpCall.of("GET", URI.create("http://127.0.0.1:" + full.port() + "/"), SHORT_CONNECT),
          Reason.UNREACHABLE,
          "no connection to 127.0.0.1:" + full.port() + " within 300 ms");
    }
  }

  @Test
  void givesUpConnectingWhenTheWholeIsOver() throws Exception {
    try (SilentPort full = SilentPort.open()) {
      assertLate(
          HttpCall.of("GET", URI.create("http://127.0.0.1:" + full.port() + "/"), SHORT_WHOLE),
          Reason.UNREACHABLE,
          "no connection to 127.0.0.1:" + full.port() + " within 300 ms");
    }
  }

  @Test
  void givesUpANameThatIsNotAnswered() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    OkHttpCaller waiting =
        OkHttpCaller.create(
            (host, family) -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return List.of();
            });
    assertThatThrownBy(
            () -> waiting.send(HttpCall.of("GET", URI.create("http://slow.example/"), SHORT_WHOLE)))
        .isInstanceOfSatisfying(
            HttpException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NAME))
        .hasMessage("the lookup of slow.example timed out after 300 ms");
    never.countDown();
  }

  @Test
  void givesUpAServerThatNeverSpeaksTls() throws Exception {
    assertLate(FakeServer.silent(), "https", SHORT_TLS, "no TLS handshake with %s within 300 ms");
    assertLate(FakeServer.deaf(), "https", SHORT_TLS, "no TLS handshake with %s within 300 ms");
  }

  @Test
  void givesUpAServerThatDribblesTheHandshake() throws Exception {
    // The head of a TLS record of 16 KiB, and then its content byte by byte.
    Behaviour dribble =
        peer -> {
          peer.write("\u0016\u0003\u0003@\u0000");
          peer.repeat("\u0002");
        };
    assertLate(dribble, "https", SHORT_TLS, "no TLS handshake with %s within 300 ms");
    assertLate(dribble, "https", SHORT_WHOLE, "no TLS handshake with %s within 300 ms");
  }

  @Test
  void givesUpAServerThatNeverAnswers() throws Exception {
    assertLate(FakeServer.mute(), "http", SHORT_FIRST_BYTE, "no reply from %s within 300 ms");
    assertLate(FakeServer.deaf(), "http", SHORT_FIRST_BYTE, "no reply from %s within 300 ms");
    assertLate(FakeServer.mute(), "http", SHORT_WHOLE, "no reply from %s within 300 ms");
  }

  @Test
  void givesUpAServerThatDribblesItsHeaders() throws Exception {
    assertLate(
        FakeServer.dribbling("HTTP/1.1 200 OK\r\n", "X-More: yes\r\n"),
        "http",
        SHORT_FIRST_BYTE,
        "no reply from %s within 300 ms");
  }

  @Test
  void givesUpABodyWithoutEnd() throws Exception {
    assertLate(
        FakeServer.dribbling("HTTP/1.1 200 OK\r\n\r\n", "."),
        "http",
        SHORT_WHOLE,
        "no whole reply from %s within 300 ms");
  }

  @Test
  void givesUpABodyThatTheServerDoesNotTake() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.deaf())) {
      assertLate(
          HttpCall.of("POST", URI.create("http://127.0.0.1:" + server.port() + "/"), SHORT_WHOLE)
              .withBody(new byte[32 << 20]),
          Reason.TIMEOUT,
          "no reply from 127.0.0.1:" + server.port() + " within 300 ms");
    }
  }

  @Test
  void measuresEachPart() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.mute())) {
      // Long enough for a busy machine to come as far as to wait for an answer.
      HttpLimits limits = new HttpLimits(LONG, LONG, LONG, Duration.ofSeconds(3));
      HttpCall call =
          HttpCall.of("GET", URI.create("http://localhost:" + server.port() + "/"), limits)
              .withFamily(IpFamily.V4);
      assertThatThrownBy(() -> caller.send(call))
          .isInstanceOfSatisfying(
              HttpException.class,
              e -> {
                HttpTimings timings = e.timings();
                assertThat(timings.name()).isPresent();
                assertThat(timings.connect()).isPresent();
                assertThat(timings.tls()).isEmpty();
                assertThat(timings.whole()).isGreaterThanOrEqualTo(SHORT);
                assertThat(timings.firstByte().orElseThrow()).isLessThan(timings.whole());
              });
    }
  }

  @Test
  void anotherAddressMayStillAnswerWhenOneIsSilent() throws Exception {
    try (SilentPort full = SilentPort.open();
        FakeServer six =
            FakeServer.start(
                InetAddress.ofLiteral("::1"), full.port(), answering(r -> reply(200, "six")))) {
      OkHttpCaller both =
          OkHttpCaller.create((host, family) -> List.of(V4, InetAddress.ofLiteral("::1")));
      HttpLimits limits = new HttpLimits(Duration.ofSeconds(15), LONG, LONG, LONG);

      assertThat(
              both.send(
                      HttpCall.of(
                          "GET", URI.create("http://two.example:" + six.port() + "/"), limits))
                  .text())
          .isEqualTo("six");
    }
  }

  @Test
  void closesTheConnectionWhenInterrupted() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.silent())) {
      HttpCall call =
          HttpCall.of(
              "GET",
              URI.create("https://127.0.0.1:" + server.port() + "/"),
              HttpLimits.within(LONG));
      FutureTask<Boolean> interrupted =
          new FutureTask<>(
              () -> {
                try {
                  caller.send(call);
                  return false;
                } catch (InterruptedException e) {
                  return true;
                }
              });
      Thread thread = Thread.ofPlatform().start(interrupted);
      await().until(() -> server.connections() == 1);
      thread.interrupt();

      assertThat(interrupted.get()).isTrue();
      await().until(() -> server.ended() == 1);
    }
  }

  @Test
  void leavesNoThreadBehind() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.mute())) {
      HttpCall call =
          HttpCall.of("GET", URI.create("http://127.0.0.1:" + server.port() + "/"), SHORT_WHOLE);
      assertThatThrownBy(() -> caller.send(call)).isInstanceOf(HttpException.class);

      await()
          .until(
              () ->
                  Thread.getAllStackTraces().keySet().stream()
                      .noneMatch(thread -> thread.getName().equals("http 127.0.0.1")));
    }
  }

  private void assertLate(Behaviour behaviour, String scheme, HttpLimits limits, String message)
      throws Exception {
    try (FakeServer server = FakeServer.start(behaviour)) {
      String peer = "127.0.0.1:" + server.port();
      assertLate(
          HttpCall.of("GET", URI.create(scheme + "://" + peer + "/secret"), limits),
          Reason.TIMEOUT,
          String.format(message, peer));
      await().until(() -> server.connections() == 1);
    }
  }

  private void assertLate(HttpCall call, Reason reason, String message) {
    assertThatThrownBy(() -> caller.send(call))
        .isInstanceOfSatisfying(
            HttpException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.address()).isEqualTo(Optional.of(V4));
            })
        .hasMessage(message);
  }
}
