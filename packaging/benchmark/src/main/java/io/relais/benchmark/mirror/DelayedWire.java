package io.relais.benchmark.mirror;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The network between the client and the bastion: TCP on 127.0.0.1, held up by half a round trip
 * each way, in order, without holding up whoever sends. The handshake takes its time too: a
 * client's first byte reaches a real server one and a half round trips after its SYN. There is no
 * limit of bandwidth, no slow start and no loss.
 *
 * <p>A process of its own, so that what it does is no load on the benchmark, and so that it stays
 * the same for everybody. It prints its port; then it answers each line on its standard input, and
 * ends with that: {@code rtt NANOSECONDS} for connections that come later, and {@code bytes}, with
 * the bytes of TCP payload that went up and down so far.
 */
final class DelayedWire implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final InetSocketAddress target;
  private final AtomicLong up = new AtomicLong();
  private final AtomicLong down = new AtomicLong();
  private volatile Duration roundTrip = Duration.ZERO;

  private DelayedWire(int targetPort) throws IOException {
    this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
    this.listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
  }

  /** Starts a wire, in this JVM, that leads to a port on 127.0.0.1. */
  static DelayedWire to(int targetPort) throws IOException {
    DelayedWire wire = new DelayedWire(targetPort);
    Thread.ofPlatform().daemon().name("wire").start(wire::accept);
    return wire;
  }

  /** The wire alone: its one argument is the port that it leads to. */
  public static void main(String[] args) throws IOException {
    try (DelayedWire wire = to(Integer.parseInt(args[0]));
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, US_ASCII))) {
      System.out.println(wire.port());
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        if (order.startsWith("rtt ")) {
          wire.roundTrip(Duration.ofNanos(Long.parseLong(order.substring(4))));
        }
        System.out.println(wire.bytesUp() + " " + wire.bytesDown());
      }
    }
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  /** For connections from now on. */
  void roundTrip(Duration time) {
    roundTrip = time;
  }

  long bytesUp() {
    return up.get();
  }

  long bytesDown() {
    return down.get();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = listener.accept();
        Thread.ofPlatform().daemon().name("wire-connect").start(() -> serve(client));
      }
    } catch (IOException e) {
      // Closed: the end.
    }
  }

  private void serve(SocketChannel client) {
    long oneWay = roundTrip.toNanos() / 2;
    long due = System.nanoTime() + 3 * oneWay;
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    SocketChannel server;
    try {
      server = SocketChannel.open(target);
    } catch (IOException e) {
      DelayedFlow.close(client);
      return;
    }
    try {
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      server.setOption(StandardSocketOptions.TCP_NODELAY, true);
    } catch (IOException e) {
      // Gone already, which the flows find out too.
    }
    new DelayedFlow(client, server, up, oneWay).start();
    new DelayedFlow(server, client, down, oneWay).start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
