package io.relais.testbed;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers that can't be told to take any. They lie below those that Linux gives to
 * outgoing connections (32768 and up), and each module's tests, which may run at the same time,
 * have a range of their own ({@code relais.testPorts} in its POM), each JVM that runs them a part
 * of it ({@code relais.fork}, as {@code 1/2}): so none is lost between the look at it and the
 * server's start, or while the server is stopped.
 */
public final class FreePorts {
  private static final String RANGE = System.getProperty("relais.testPorts", "14000-19999");
  private static final String FORK = System.getProperty("relais.fork", "1/1");
  private static final int COUNT =
      (number(RANGE, '-', 1) - number(RANGE, '-', 0) + 1) / number(FORK, '/', 1);
  private static final int FIRST = number(RANGE, '-', 0) + (number(FORK, '/', 0) - 1) * COUNT;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePorts() {}

  private static int number(String pair, char between, int which) {
    return Integer.parseInt(Splitter.on(between).splitToList(pair).get(which));
  }

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
