package io.relais.failover.probe;

import static io.relais.testbed.web.FakeServer.answering;
import static io.relais.testbed.web.FakeServer.reply;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import com.google.common.net.HostAndPort;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsQuestion;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.OkHttpCaller;
import io.relais.failover.probe.ProbeResult.Failure;
import io.relais.failover.probe.ProbeResult.Status;
import io.relais.failover.probe.ProbeSpec.Redirects;
import io.relais.testbed.FreePorts;
import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.Received;
import io.relais.testbed.web.SilentPort;
import io.relais.testbed.web.TestCertificates;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class ProbesTest {
  private static final Duration AMPLE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final InetAddress V4 = InetAddress.ofLiteral("127.0.0.1");
  private static final Optional<InetAddress> PINNED = Optional.of(V4);
  private static final ImmutableRangeSet<Integer> FINE =
      ImmutableRangeSet.copyOf(ImmutableList.of(Range.closed(200, 299), Range.singleton(401)));
  private static final String SITE = "www.example.org";

  private final Probes probes = probes((server, name, type, timeout) -> ImmutableSet.of());

  @Test
  void isWellWhenTheAnswerIsAsWanted() throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(200, "Welcome here")))) {
      ProbeResult result = probe(server, spec(server).contains("Welcome").lacks("Error"));

      assertThat(result.ok()).isTrue();
      assertThat(result.status()).contains(200);
      assertThat(result.where()).isEqualTo("127.0.0.1");
      assertThat(result.timings().whole()).isPositive();
      assertThat(server.received().getFirst().header("User-Agent")).contains("Mozilla/5.0 test");
      assertThat(server.received().getFirst().header("Host")).contains(SITE + ":" + server.port());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "500, 'answered 500, wanted 200-299 or 401'",
    "300, 'answered 300, wanted 200-299 or 401'",
    "301, 'answered 301, wanted 200-299 or 401'"
  })
  void namesAStatusThatIsNotWanted(int status, String detail) throws Exception {
    assertAnswer(
        reply(status, "x", "Location: /"),
        spec -> spec.status(FINE).redirects(Redirects.NONE),
        Status.STATUS,
        detail);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 299, 401})
  void takesEachStatusOfItsRanges(int status) throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply(status, "")))) {
      assertThat(probe(server, spec(server).status(FINE)).ok()).isTrue();
    }
  }

  @Test
  void namesTextThatLacksAndTextThatMayNotBe() throws Exception {
    assertAnswer(
        reply(200, "Database error"),
        spec -> spec.contains("Welcome"),
        Status.CONTENT,
        "the page lacks 'Welcome'");
    assertAnswer(
        reply(200, "Database error"),
        spec -> spec.lacks("Database error"),
        Status.CONTENT,
        "the page contains 'Database error'");
  }

  @ParameterizedTest
  @CsvSource({
    "text/html, gr\u00c3\u00bcn",
    "text/html; charset=utf-8, gr\u00c3\u00bcn",
    "text/html; charset=ISO-8859-1, gr\u00fcn",
    "text/html; charset=no-such, gr\u00c3\u00bcn",
    "nonsense, gr\u00c3\u00bcn"
  })
  void readsTextInThePagesCharset(String type, String bytes) throws Exception {
    try (FakeServer server =
        FakeServer.start(answering(r -> reply(200, bytes, "Content-Type: " + type)))) {
      assertThat(probe(server, spec(server).contains("gr\u00fcn")).failure()).isEmpty();
    }
  }

  @Test
  void keepsToTheSizeLimits() throws Exception {
    String page = reply(200, "12345");
    assertAnswer(
        page, s -> s.size(6, 100), Status.CONTENT, "the page has 5 bytes, wanted at least 6");
    assertAnswer(page, s -> s.size(0, 4), Status.CONTENT, "the page has more than 4 bytes");
    try (FakeServer server = FakeServer.start(answering(r -> page))) {
      assertThat(probe(server, spec(server).size(5, 5)).ok()).isTrue();
    }
  }

  @Test
  void followsRedirectsOnTheSiteAtThePinnedAddress() throws Exception {
    try (FakeServer server =
        FakeServer.start(
            answering(
                r ->
                    switch (r.target()) {
                      case "/" -> reply(302, "", "Location: /a%20b/\u00c3\u00bc?x=<1>#part");
                      case "/a%20b/%C3%BC?x=%3C1%3E" -> reply(307, "", "Location: ?page=2");
                      case "/a%20b/%C3%BC?page=2" ->
                          reply(308, "", "Location: //" + r.header("Host").orElseThrow() + "/end");
                      default -> reply(200, "there");
                    }))) {
      ProbeResult result = probe(server, spec(server).contains("there"));

      assertThat(result.failure()).isEmpty();
      assertThat(server.received())
          .extracting(Received::target)
          .containsExactly("/", "/a%20b/%C3%BC?x=%3C1%3E", "/a%20b/%C3%BC?page=2", "/end");
    }
  }

  @Test
  void refusesARedirectOffTheSite() throws Exception {
    assertAnswer(
        reply(302, "Welcome", "Location: https://parking.example/?secret"),
        spec -> spec.contains("Welcome"),
        Status.REDIRECT,
        "redirected off the site, to https://parking.example");
  }

  @Test
  void followsARedirectAnywhereWithoutThePin() throws Exception {
    try (FakeServer other =
            FakeServer.start(InetAddress.ofLiteral("::1"), 0, answering(r -> reply(200, "other")));
        FakeServer server =
            FakeServer.start(
                answering(
                    r -> reply(301, "", "Location: http://[::1]:" + other.port() + "/there")))) {
      ProbeResult result = probe(server, spec(server).redirects(Redirects.ANY).contains("other"));

      assertThat(result.failure()).isEmpty();
      assertThat(result.where()).isEqualTo("::1");
      assertThat(other.received()).hasSize(1);
    }
  }

  @Test
  void refusesARedirectInACircle() throws Exception {
    assertAnswer(
        reply(302, "", "Location: /"), spec -> spec, Status.REDIRECT, "redirected in a circle");
  }

  @Test
  void refusesARedirectToNowhere() throws Exception {
    String detail = "answered 302 without saying where to";
    assertAnswer(reply(302, ""), spec -> spec, Status.REDIRECT, detail);
    assertAnswer(
        reply(302, "", "Location: mailto:me@example.org"), spec -> spec, Status.REDIRECT, detail);
    assertAnswer(reply(302, "", "Location: http://:99999/"), spec -> spec, Status.REDIRECT, detail);
  }

  @Test
  void followsFiveRedirectsAndNoMore() throws Exception {
    for (int most : new int[] {5, 6}) {
      try (FakeServer server =
          FakeServer.start(
              answering(
                  r ->
                      r.target().length() > most
                          ? reply(200, "")
                          : reply(302, "", "Location: " + r.target() + "x")))) {
        Optional<Failure> failure = probe(server, spec(server)).failure();
        if (most == 5) {
          assertThat(failure).isEmpty();
        } else {
          assertThat(failure)
              .contains(new Failure(Status.REDIRECT, "redirected more than 5 times"));
        }
      }
    }
  }

  @Test
  void holdsItsDeadlineOverAllRedirects() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (FakeServer server =
        FakeServer.start(
            peer -> {
              Received first = peer.read().orElseThrow();
              if (first.target().equals("/")) {
                peer.write(reply(302, "", "Location: /slow"));
              } else {
                over.await();
              }
            })) {
      ProbeResult result = probe(server, spec(server).whole(SHORT));

      assertThat(result.failure().map(Failure::kind)).contains(Status.TIMEOUT);
      assertThat(server.received()).hasSize(2);
      over.countDown();
    }
  }

  @Test
  void tellsOfACertificateThatEndsSoon(@TempDir Path dir) throws Exception {
    TestCertificates certificates = new TestCertificates();
    Path authority = certificates.writeAuthority(dir.resolve("ca.pem"));
    try (FakeServer server =
        FakeServer.start(
            FakeServer.tls(
                certificates.valid(Duration.ofDays(10), SITE), answering(r -> reply(200, ""))))) {
      ProbeResult warned = probe(server, spec(server).tls(authority, Duration.ofDays(14)));
      ProbeResult calm = probe(server, spec(server).tls(authority, Duration.ofDays(7)));

      assertThat(warned.ok()).isTrue();
      assertThat(warned.certificateExpiring()).isTrue();
      assertThat(warned.certificateExpires().orElseThrow())
          .isBetween(
              Instant.now().plus(Duration.ofDays(9)), Instant.now().plus(Duration.ofDays(11)));
      assertThat(calm.certificateExpiring()).isFalse();
    }
  }

  @Test
  void tellsOfACertificateThatEnded(@TempDir Path dir) throws Exception {
    TestCertificates certificates = new TestCertificates();
    Path authority = certificates.writeAuthority(dir.resolve("ca.pem"));
    try (FakeServer server =
        FakeServer.start(
            FakeServer.tls(
                certificates.expired(Duration.ofDays(3), SITE), answering(r -> reply(200, ""))))) {
      ProbeResult result = probe(server, spec(server).tls(authority, Duration.ofDays(14)));

      assertThat(result.failure().map(Failure::kind)).contains(Status.CERTIFICATE);
      assertThat(result.failure().orElseThrow().detail()).startsWith("certificate expired on ");
      assertThat(result.certificateExpiring()).isTrue();
      assertThat(result.certificateExpires()).isPresent();
    }
  }

  @Test
  void namesTheAddressThatDoesNotAnswer() throws Exception {
    try (SilentPort silent = SilentPort.open()) {
      Optional<Failure> unreachable =
          Optional.of(
              new Failure(
                  Status.UNREACHABLE,
                  "no connection to 127.0.0.1:" + silent.port() + " within 400 ms"));
      HostAndPort site = HostAndPort.fromParts(SITE, silent.port());

      assertThat(
              probes
                  .probe(new SpecBuilder("http://" + site + "/").whole(SHORT).build(), PINNED)
                  .failure())
          .isEqualTo(unreachable);
      assertThat(probes.probe(new ProbeSpec.Tcp("ssh", site, SHORT), PINNED).failure())
          .isEqualTo(unreachable);
    }
  }

  @Test
  void connectsToThePinnedAddressAtThePortOfATcpProbe() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.silent())) {
      ProbeResult result =
          probes.probe(
              new ProbeSpec.Tcp("ssh", HostAndPort.fromParts("gone.invalid", server.port()), AMPLE),
              PINNED);

      assertThat(result.ok()).isTrue();
      assertThat(result.where()).isEqualTo("127.0.0.1:" + server.port());
      assertThat(result.timings().connect()).isPresent();
      assertThat(result.timings().name()).isEmpty();
    }
  }

  @Test
  void connectsToWhereTheHostOfATcpProbeLeads() throws Exception {
    try (FakeServer server = FakeServer.start(FakeServer.silent())) {
      ProbeResult result =
          probes.probe(
              new ProbeSpec.Tcp("ssh", HostAndPort.fromParts("localhost", server.port()), AMPLE),
              Optional.empty());

      assertThat(result.failure()).isEmpty();
      assertThat(result.timings().name()).isPresent();
    }
  }

  @Test
  void saysThatATcpPortRefuses() throws Exception {
    int port = FreePorts.next();
    ProbeResult result =
        probes.probe(
            new ProbeSpec.Tcp("ssh", HostAndPort.fromParts("localhost", port), AMPLE), PINNED);

    assertThat(result.failure())
        .contains(new Failure(Status.REFUSED, "127.0.0.1:" + port + " refused"));
  }

  @Test
  void asksThePinnedAddressForANameUnlessAServerIsNamed() throws Exception {
    assertThat(dns(Optional.empty(), PINNED, "203.0.113.10").failure()).isEmpty();
    assertThat(dns(Optional.empty(), PINNED, "203.0.113.10").where()).isEqualTo("127.0.0.1:53");
    assertThat(dns(Optional.of("ns.example"), PINNED, "203.0.113.10").where())
        .isEqualTo("ns.example:53");
    assertThat(dns(Optional.of("[::1]:54"), PINNED).where()).isEqualTo("[::1]:54");
    assertThat(dns(Optional.empty(), Optional.empty()).failure())
        .contains(new Failure(Status.NAME, "no name server to ask: set 'server'"));
  }

  @Test
  void wantsExactlyTheExpectedAddresses() throws Exception {
    assertThat(dns(Optional.empty(), PINNED).ok()).isTrue();
    assertThat(dns(Optional.empty(), PINNED, "203.0.113.10", "203.0.113.11").failure())
        .contains(
            new Failure(
                Status.ANSWER,
                "127.0.0.1:53 answered 203.0.113.10, wanted 203.0.113.10, 203.0.113.11"));
  }

  @Test
  void wantsAnyAddressWhereNoneIsExpected() throws Exception {
    assertThat(probes.probe(dnsSpec(Optional.empty(), AMPLE), PINNED).failure())
        .contains(new Failure(Status.ANSWER, "127.0.0.1:53 answered no address, wanted any"));
  }

  @Test
  void passesOnWhyANameServerFailed() throws Exception {
    Probes failing =
        probes(
            (server, name, type, timeout) -> {
              throw new DnsLookupException(server + " answered SERVFAIL for " + name, null);
            });
    assertThat(failing.probe(dnsSpec(Optional.empty(), AMPLE), PINNED).failure())
        .contains(new Failure(Status.ANSWER, "127.0.0.1:53 answered SERVFAIL for www.example.org"));
  }

  @Test
  void givesUpAQuestionThatTakesTooLong() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Probes hanging =
        probes(
            (server, name, type, timeout) -> {
              try {
                never.await();
              } finally {
                interrupted.countDown();
              }
              return ImmutableSet.of();
            });
    assertThat(hanging.probe(dnsSpec(Optional.empty(), SHORT), PINNED).failure())
        .contains(new Failure(Status.TIMEOUT, "no answer from 127.0.0.1:53 within 400 ms"));
    interrupted.await();
  }

  private ProbeResult dns(Optional<String> server, Optional<InetAddress> at, String... expect)
      throws InterruptedException {
    return probes(
            (asked, name, type, timeout) -> ImmutableSet.of(InetAddress.ofLiteral("203.0.113.10")))
        .probe(dnsSpec(server, AMPLE, expect), at);
  }

  private static ProbeSpec.Dns dnsSpec(
      Optional<String> server, Duration timeout, String... expect) {
    return new ProbeSpec.Dns(
        "dns",
        SITE,
        RecordType.A,
        server.map(HostAndPort::fromString),
        ImmutableList.copyOf(expect),
        timeout);
  }

  private void assertAnswer(
      String reply, Function<SpecBuilder, SpecBuilder> wanted, Status kind, String detail)
      throws Exception {
    try (FakeServer server = FakeServer.start(answering(r -> reply))) {
      assertThat(probe(server, wanted.apply(spec(server))).failure())
          .contains(new Failure(kind, detail));
    }
  }

  private ProbeResult probe(FakeServer server, SpecBuilder spec) throws InterruptedException {
    return probes.probe(spec.at(server).build(), PINNED);
  }

  private static SpecBuilder spec(FakeServer server) {
    return new SpecBuilder("http://" + SITE + ":" + server.port() + "/");
  }

  private static Probes probes(DnsQuestion question) {
    return new Probes(OkHttpCaller.create(), question, InstantSource.system());
  }

  /** A probe with what most tests want. */
  private static final class SpecBuilder {
    private URI url;
    private ImmutableRangeSet<Integer> status = ImmutableRangeSet.of(Range.singleton(200));
    private ImmutableList<String> contains = ImmutableList.of();
    private ImmutableList<String> lacks = ImmutableList.of();
    private long minSize;
    private long maxSize = 1 << 20;
    private Redirects redirects = Redirects.SAME_SITE;
    private Duration whole = AMPLE;
    private Duration warning = Duration.ofDays(14);
    private Optional<Path> authorities = Optional.empty();

    SpecBuilder(String url) {
      this.url = URI.create(url);
    }

    SpecBuilder at(FakeServer server) {
      String scheme = authorities.isPresent() ? "https" : "http";
      url = URI.create(scheme + "://" + SITE + ":" + server.port() + "/");
      return this;
    }

    SpecBuilder status(ImmutableRangeSet<Integer> status) {
      this.status = status;
      return this;
    }

    SpecBuilder contains(String text) {
      contains = ImmutableList.of(text);
      return this;
    }

    SpecBuilder lacks(String text) {
      lacks = ImmutableList.of(text);
      return this;
    }

    SpecBuilder size(long min, long max) {
      minSize = min;
      maxSize = max;
      return this;
    }

    SpecBuilder redirects(Redirects redirects) {
      this.redirects = redirects;
      return this;
    }

    SpecBuilder whole(Duration whole) {
      this.whole = whole;
      return this;
    }

    SpecBuilder tls(Path authority, Duration warning) {
      authorities = Optional.of(authority);
      this.warning = warning;
      return this;
    }

    ProbeSpec.Http build() {
      return new ProbeSpec.Http(
          "page",
          url,
          status,
          contains,
          lacks,
          minSize,
          maxSize,
          redirects,
          "Mozilla/5.0 test",
          new HttpLimits(AMPLE, AMPLE, AMPLE, whole),
          true,
          warning,
          authorities);
    }
  }
}
