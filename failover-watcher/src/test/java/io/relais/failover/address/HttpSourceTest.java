package io.relais.failover.address;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import com.sun.net.httpserver.HttpServer;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.IpFamily;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpSourceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final JdkCaller http = new JdkCaller();

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  private volatile int status = 200;
  private volatile String body = "";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/elsewhere");
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private HttpSource source() {
    int port = server.getAddress().getPort();
    return new HttpSource(http, URI.create("http://127.0.0.1:" + port + "/ip?key=hush"), LIMIT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"93.184.216.34", "93.184.216.34\n", "  93.184.216.34\r\n"})
  void takesAnAddressAloneWithSpaceAroundIt(String text) throws Exception {
    body = text;

    assertThat(source().find(IpFamily.V4)).isEqualTo(InetAddresses.forString("93.184.216.34"));
  }

  @Test
  void takesAnIpv6Address() throws Exception {
    body = "2A01:CB00:0::1\n";

    assertThat(source().find(IpFamily.V6)).isEqualTo(InetAddresses.forString("2a01:cb00::1"));
  }

  @Test
  void asksOverTheFamilyAndForLittle() throws Exception {
    body = "2a01:cb00::1";
    source().find(IpFamily.V6);

    HttpCall call = http.calls.getFirst();
    assertThat(call.family()).isEqualTo(Optional.of(IpFamily.V6));
    assertThat(call.largestBody()).isLessThan(1024);
    assertThat(call.limits().whole()).isEqualTo(LIMIT);
  }

  static String[] noAddresses() {
    return new String[] {
      "",
      "\n",
      "<html><body>93.184.216.34</body></html>",
      "{\"ip\":\"93.184.216.34\"}",
      "\"93.184.216.34\"",
      "93.184.216.34\n93.184.216.34",
      "93.184.216.34\nwelcome",
      "93.184.216.34, 10.0.0.1",
      "93.184.216.34:8080",
      "93.184.216",
      "93.184.216.034",
      "0x5db8d822",
      "1572395042",
      "www.example.org",
      "::ffff:93.184.216.34",
      "2a01:cb00::1",
      "93.184.216.34" + " ".repeat(300)
    };
  }

  @ParameterizedTest
  @MethodSource("noAddresses")
  void refusesWhatIsNotOneAddressAlone(String text) {
    body = text;

    assertThatThrownBy(() -> source().find(IpFamily.V4)).isInstanceOf(AddressException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"93.184.216.34", "::ffff:93.184.216.34", "2a01:cb00::1%eth0", "fd00::1"})
  void refusesWhatIsNoPublicIpv6Address(String text) {
    body = text;

    assertThatThrownBy(() -> source().find(IpFamily.V6)).isInstanceOf(AddressException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 204, 301, 302, 307, 403, 404, 500, 511})
  void refusesEveryStatusButOne(int other) {
    status = other;
    body = other == 204 ? "" : "93.184.216.34";

    assertThatThrownBy(() -> source().find(IpFamily.V4))
        .isInstanceOf(AddressException.class)
        .hasMessageContaining("status " + other);
  }

  @Test
  void refusesAPrivateAddressAndSaysWhatItIs() {
    body = "100.64.1.2";

    assertThatThrownBy(() -> source().find(IpFamily.V4))
        .isInstanceOf(AddressException.class)
        .hasMessageContaining("100.64.1.2")
        .hasMessageContaining("CGNAT");
  }

  @Test
  void saysThatThereIsNoAnswer() {
    HttpSource source = source();
    server.stop(0);

    assertThatThrownBy(() -> source.find(IpFamily.V4))
        .isInstanceOf(AddressException.class)
        .hasMessageContaining("no answer");
  }

  @Test
  void namesTheServiceWithoutItsQuery() {
    assertThat(source().name()).endsWith("/ip").doesNotContain("hush");
  }
}
