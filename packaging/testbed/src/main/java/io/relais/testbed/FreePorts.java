package io.relais.testbed;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers that can't be told to take any. They lie below those that Linux gives to
 * outgoing connections (32768 and up), and each module's tests, which may run at the same time,
 * have a range of their own ({@code relais.testPorts} in its POM): so none is lost between the look
 * at it and the server's start, or while the server is stopped.
 */
public final class FreePorts {
  private static final String RANGE = System.getProperty("relais.testPorts", "14000-19999");
  private static final int FIRST = Integer.parseInt(RANGE.substring(0, RANGE.indexOf('-')));
  private static final int COUNT =
      Integer.parseInt(RANGE.substring(RANGE.indexOf('-') + 1)) - FIRST + 1;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePorts() {}

  /** A port of 127.0.0.1 that nobody has, for TCP or for UDP, and that isn't given out twice. */
  public static int next() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    while (true) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      try (ServerSocket tcp = new ServerSocket(port, 1, loopback);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
        return udp.getLocalPort();
      } catch (IOException taken) {
        // Another port, then.
      }
    }
  }
}
