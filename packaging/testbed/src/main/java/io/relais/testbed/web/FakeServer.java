package io.relais.testbed.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A server on raw sockets that does right or wrong what a test wants. On a port of loopback that
 * the kernel picks. It keeps connections open for further requests, so that a client that uses one
 * again is seen to.
 */
public final class FakeServer implements AutoCloseable {
  /** What is done with one connection; it is closed afterwards. */
  public interface Behaviour {
    void serve(Peer peer) throws IOException, InterruptedException;
  }

  private final ServerSocket listener;
  private final Behaviour behaviour;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);

  private FakeServer(InetAddress address, int port, Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(address, port), 50);
  }

  /** On 127.0.0.1. */
  public static FakeServer start(Behaviour behaviour) throws IOException {
    return start(InetAddress.ofLiteral("127.0.0.1"), 0, behaviour);
  }

  /** On an address and a port; 0 lets the kernel pick. */
  public static FakeServer start(InetAddress address, int port, Behaviour behaviour)
      throws IOException {
    FakeServer server = new FakeServer(address, port, behaviour);
    Thread.ofPlatform().daemon().name("fake server").start(server::accept);
    return server;
  }

  /** Replies to each request with these bytes (as ISO-8859-1). */
  public static Behaviour answering(Function<Received, String> reply) {
    return peer -> {
      for (Optional<Received> next = peer.read(); next.isPresent(); next = peer.read()) {
        peer.write(reply.apply(next.get()));
      }
    };
  }

  /** A whole reply with its length. */
  public static String reply(int status, String body, String... headers) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Said So\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  /** The same with TLS first. */
  public static Behaviour tls(SSLContext context, Behaviour inside) {
    return peer -> inside.serve(peer.secured(context));
  }

  /** Reads nothing, says nothing, until the other side or the server closes. */
  public static Behaviour silent() {
    return Peer::untilClosed;
  }

  /** Accepts and then does nothing at all, until the server is closed. */
  public static Behaviour deaf() {
    return peer -> peer.untilServerCloses();
  }

  /** Reads a request and never answers. */
  public static Behaviour mute() {
    return peer -> {
      peer.read();
      peer.untilClosed();
    };
  }

  /** Says these bytes at once, whatever is asked, and closes. */
  public static Behaviour saying(String bytes) {
    return peer -> peer.write(bytes);
  }

  /** Resets the connection (RST) when something was read, or at once. */
  public static Behaviour resetting(boolean afterReading) {
    return peer -> {
      if (afterReading) {
        peer.read();
      }
      peer.socket.setSoLinger(true, 0);
    };
  }

  /** Reads a request, says the first at once, and the second again and again, each 20 ms. */
  public static Behaviour dribbling(String first, String again) {
    return peer -> {
      peer.read();
      peer.write(first);
      peer.repeat(again);
    };
  }

  /** Says these bytes again and again, each 20 ms, whatever is asked. */
  public static Behaviour babbling(String again) {
    return peer -> peer.repeat(again);
  }

  public int port() {
    return listener.getLocalPort();
  }

  public InetAddress address() {
    return listener.getInetAddress();
  }

  /** How many connections came so far. */
  public int connections() {
    return connections.get();
  }

  /** How many of them are over. */
  public int ended() {
    return ended.get();
  }

  /** The requests so far. */
  public ImmutableList<Received> received() {
    return ImmutableList.copyOf(received);
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        int number = connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket, number));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket, int number) {
    try (socket) {
      behaviour.serve(new Peer(socket, number));
    } catch (IOException e) {
      // The client went away, which is its right; or the server was closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
      ended.incrementAndGet();
    }
  }

  /** The other side of one connection. */
  public final class Peer {
    private final Socket socket;
    private final int number;

    private Peer(Socket socket, int number) {
      this.socket = socket;
      this.number = number;
    }

    public Socket socket() {
      return socket;
    }

    /** Shakes hands. */
    public Peer secured(SSLContext context, String... protocols) throws IOException {
      SSLSocket secured =
          (SSLSocket) context.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
      secured.setUseClientMode(false);
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setApplicationProtocols(protocols);
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      return new Peer(secured, number);
    }

    /** The next request, kept in {@link FakeServer#received}; empty at the connection's end. */
    public Optional<Received> read() throws IOException {
      InputStream in = socket.getInputStream();
      @Nullable String line = line(in);
      if (line == null) {
        return Optional.empty();
      }
      ImmutableList.Builder<String> headers = ImmutableList.builder();
      for (@Nullable String header = line(in); header != null && !header.isEmpty(); ) {
        headers.add(header);
        header = line(in);
      }
      Received head = new Received(number, line, headers.build(), "", serverName());
      int length = head.header("Content-Length").map(Integer::parseInt).orElse(0);
      String body = new String(in.readNBytes(length), ISO_8859_1);
      Received request = new Received(number, line, head.headers(), body, head.serverName());
      received.add(request);
      return Optional.of(request);
    }

    public void write(String bytes) throws IOException {
      socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
    }

    /** Says it each 20 ms, until the other side or the server closes. */
    public void repeat(String bytes) throws IOException, InterruptedException {
      do {
        write(bytes);
      } while (!closed.await(20, TimeUnit.MILLISECONDS));
    }

    /** Waits for the other side's end, or the server's. */
    public void untilClosed() throws IOException {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    /** Waits for the server's end. */
    public void untilServerCloses() throws InterruptedException {
      closed.await();
    }

    private Optional<String> serverName() {
      return socket instanceof SSLSocket secured
              && secured.getSession() instanceof ExtendedSSLSession session
          ? session.getRequestedServerNames().stream()
              .map(name -> ((SNIHostName) name).getAsciiName())
              .findFirst()
          : Optional.empty();
    }

    private @Nullable String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c == -1) {
          return null;
        }
        line.append((char) c);
      }
      return line.substring(0, line.length() - (line.toString().endsWith("\r") ? 1 : 0));
    }
  }
}
