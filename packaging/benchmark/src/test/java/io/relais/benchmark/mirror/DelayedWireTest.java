package io.relais.benchmark.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class DelayedWireTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @ParameterizedTest
  @ValueSource(ints = {0, 20})
  void everythingArrivesInOrderAndIsCounted(int millis) throws IOException {
    byte[] sent = new byte[1 << 20];
    new Random(1).nextBytes(sent);
    try (ServerSocket listener = new ServerSocket(0, 1, LOOPBACK);
        DelayedWire wire = DelayedWire.to(listener.getLocalPort())) {
      wire.roundTrip(Duration.ofMillis(millis));
      try (Socket client = new Socket(LOOPBACK, wire.port());
          Socket server = listener.accept()) {
        client.getOutputStream().write(sent);
        client.shutdownOutput();
        assertThat(server.getInputStream().readAllBytes()).isEqualTo(sent);
        server.getOutputStream().write(7);
        server.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes()).containsExactly(7);
      }
      assertThat(wire.bytesUp()).isEqualTo(sent.length);
      assertThat(wire.bytesDown()).isEqualTo(1);
    }
  }
}
