package io.relais.testbed.ssh;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Stands between a client and a server on 127.0.0.1 and breaks what runs through it: resets,
 * silence, a cut after so many bytes, delay. Its port stays the same for its whole life.
 *
 * <p>For use by many threads.
 */
public final class FaultyProxy implements AutoCloseable {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final int port;
  private final int targetPort;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong toServer = new AtomicLong();
  private final AtomicLong toClient = new AtomicLong();
  private final AtomicLong swallowed = new AtomicLong();
  private final AtomicLong cutAt = new AtomicLong(Long.MAX_VALUE);
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean silent;
  private volatile Duration delay = Duration.ZERO;
  private ServerSocket listener;

  private FaultyProxy(int targetPort) throws IOException {
    this.targetPort = targetPort;
    this.listener = listen(0);
    this.port = listener.getLocalPort();
    accept(listener);
  }

  /** Starts a proxy on a free port, in front of {@code targetPort}. */
  public static FaultyProxy before(int targetPort) throws IOException {
    return new FaultyProxy(targetPort);
  }

  /** Where the client connects to. */
  public int port() {
    return port;
  }

  /** Resets every connection, and refuses new ones until {@link #restore}. */
  public void cut() {
    lock.lock();
    try {
      closeQuietly(listener);
      links.forEach(Link::reset);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Swallows everything, both ways, until {@link #restore}: connections stay open and say nothing;
   * new ones are accepted and say nothing either.
   */
  public void blackhole() {
    silent = true;
  }

  /**
   * Holds back what goes towards the server on the connections that there are now, until {@link
   * #letGo}: nothing of it is lost, also if the client ends the connection meanwhile. New ones are
   * welcome.
   */
  public void hold() {
    links.forEach(link -> link.held = new CountDownLatch(1));
  }

  /** Ends {@link #hold}: all that was held back arrives. */
  public void letGo() {
    links.forEach(link -> link.held.countDown());
  }

  /** Cuts, as {@link #cut}, once so many bytes more have gone towards the server. */
  public void cutAfter(long bytes) {
    cutAt.set(toServer.get() + bytes);
  }

  /** Resets every connection that there is now; new ones are welcome. */
  public void resetConnections() {
    links.forEach(Link::reset);
  }

  /**
   * Ends every fault. What {@link #blackhole} swallowed is gone, so connections that carried
   * something meanwhile are reset.
   */
  public void restore() {
    lock.lock();
    try {
      cutAt.set(Long.MAX_VALUE);
      silent = false;
      links.stream().filter(link -> link.lossy).forEach(Link::reset);
      if (listener.isClosed()) {
        listener = listen(port);
        accept(listener);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("port " + port + " is taken", e);
    } finally {
      lock.unlock();
    }
  }

  /** Holds everything up for so long, each way. */
  public void delay(Duration oneWay) {
    delay = oneWay;
  }

  /** Bytes that went towards the server since the start. */
  public long bytesToServer() {
    return toServer.get();
  }

  /** Bytes that went towards the client since the start. */
  public long bytesToClient() {
    return toClient.get();
  }

  /** Bytes that {@link #blackhole} swallowed since the start, both ways. */
  public long bytesSwallowed() {
    return swallowed.get();
  }

  /** How many connections are open now. */
  public int connections() {
    return links.size();
  }

  @Override
  public void close() {
    letGo();
    cut();
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(LOOPBACK, port));
    return socket;
  }

  private void accept(ServerSocket socket) {
    Thread.ofVirtual()
        .name("proxy-accept")
        .start(
            () -> {
              try {
                while (true) {
                  serve(socket.accept());
                }
              } catch (IOException e) {
                closeQuietly(socket);
              }
            });
  }

  private void serve(Socket client) {
    try {
      client.setTcpNoDelay(true);
      Socket server = new Socket(LOOPBACK, targetPort);
      server.setTcpNoDelay(true);
      Link link = new Link(client, server);
      links.add(link);
      Thread.ofVirtual().start(() -> link.pump(client, server, toServer));
      Thread.ofVirtual().start(() -> link.pump(server, client, toClient));
    } catch (IOException e) {
      // The server is down: the client sees what it would see without a proxy.
      reset(client);
    }
  }

  /** One connection, both halves. */
  private final class Link {
    private final Socket client;
    private final Socket server;
    private volatile boolean lossy;
    private volatile CountDownLatch held = new CountDownLatch(0);

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void reset() {
      links.remove(this);
      FaultyProxy.reset(client);
      FaultyProxy.reset(server);
    }

    void pump(Socket from, Socket to, AtomicLong counter) {
      byte[] buffer = new byte[32 * 1024];
      try (DelayLine line = new DelayLine(to.getOutputStream(), () -> delay)) {
        InputStream in = from.getInputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          if (silent) {
            lossy = true;
            swallowed.addAndGet(n);
            continue;
          }
          if (counter.equals(toServer)) {
            Uninterruptibles.awaitUninterruptibly(held);
          }
          int allowed = Math.clamp(room(counter), 0, n);
          line.send(buffer, allowed);
          counter.addAndGet(allowed);
          if (allowed < n) {
            cut();
            return;
          }
        }
        line.flush();
        to.shutdownOutput();
        if (from.isOutputShutdown()) {
          links.remove(this);
        }
      } catch (IOException e) {
        reset();
      }
    }

    private long room(AtomicLong counter) {
      return counter.equals(toServer) ? cutAt.get() - counter.get() : Long.MAX_VALUE;
    }
  }

  private static void reset(Socket socket) {
    try {
      // Zero linger makes close send RST instead of FIN.
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // Closed already.
    }
    closeQuietly(socket);
  }

  private static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // Nothing is left to be done with it.
    }
  }
}
