package io.relais.failover.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;

/**
 * The sockets of one call, so that none outlives it: closing the TCP socket under a TLS handshake
 * or an HTTP/2 connection ends whatever waits for it, at once.
 */
final class Sockets extends SocketFactory implements AutoCloseable {
  private final Optional<InetAddress> pin;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Sockets(Optional<InetAddress> pin) {
    this.pin = pin;
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = pin.<Socket>map(Pinned::new).orElseGet(Socket::new);
    open.add(socket);
    if (closed) {
      close();
      throw new SocketException("the call is over");
    }
    return socket;
  }

  @Override
  public void close() {
    closed = true;
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is closed all the same, and nobody waits for what it held.
      }
    }
  }

  /** Connects to one address, whatever it is told: a host that is an address skips the lookup. */
  private static final class Pinned extends Socket {
    private final InetAddress address;

    Pinned(InetAddress address) {
      this.address = address;
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      super.connect(
          new InetSocketAddress(address, ((InetSocketAddress) endpoint).getPort()), timeout);
    }
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }
}
