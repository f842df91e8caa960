package io.relais.failover.testbed;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that take none by themselves. They lie below those that Linux gives to outgoing
 * connections (32768 and up), so none is lost between the look at it and the server's start.
 */
public final class FreePorts {
  private FreePorts() {}

  /** A port of 127.0.0.1 that nobody has, for TCP or for UDP. */
  public static int next() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket tcp = new ServerSocket(port, 1, loopback);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
        return udp.getLocalPort();
      } catch (IOException taken) {
        // Another port, then.
      }
    }
  }
}
