package io.relais.testbed.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of loopback that neither accepts nor refuses, as a machine that is off: its queue is full,
 * so that the kernel drops whoever else comes.
 */
public final class SilentPort implements AutoCloseable {
  private final ServerSocket listener;
  private final List<Socket> queued = new ArrayList<>();

  private SilentPort(ServerSocket listener) {
    this.listener = listener;
  }

  /** A port of 127.0.0.1 that the kernel picks. */
  public static SilentPort open() throws IOException {
    return open(InetAddress.ofLiteral("127.0.0.1"), 0);
  }

  /** On an address and a port; 0 lets the kernel pick. */
  public static SilentPort open(InetAddress address, int number) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(address, number), 1);
    SilentPort port = new SilentPort(listener);
    while (port.takes()) {
      // One more fits.
    }
    return port;
  }

  public int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : queued) {
      socket.close();
    }
  }

  private boolean takes() throws IOException {
    Socket socket = new Socket();
    queued.add(socket);
    try {
      socket.connect(listener.getLocalSocketAddress(), 300);
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }
}
