package io.relais.failover.testbed;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers that take none by themselves. They lie below those that Linux gives to outgoing
 * connections (32768 and up), and apart from those that sync-agent's tests take (20000 and up),
 * which may run just now: so none is lost between the look at it and the server's start.
 */
public final class FreePorts {
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(6_000));

  private FreePorts() {}

  /** A port of 127.0.0.1 that nobody has, for TCP or for UDP. */
  public static int next() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    while (true) {
      int port = 26_000 + Math.floorMod(NEXT.getAndIncrement(), 6_000);
      try (ServerSocket tcp = new ServerSocket(port, 1, loopback);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
        return udp.getLocalPort();
      } catch (IOException taken) {
        // Another port, then.
      }
    }
  }
}
