package io.relais.failover.e2e;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** On the way to a name server over TCP: each message behind its length (RFC 1035, 4.2.2). */
final class UpdateWiretap implements Wiretap {
  private static final int UPDATE = 5;

  private final ServerSocket listener;
  private final HostAndPort server;

  @GuardedBy("this")
  private final List<Boolean> requests = new ArrayList<>();

  @GuardedBy("this")
  private Optional<Trap> trap = Optional.empty();

  private record Trap(int n, boolean carriedOut, Runnable action) {}

  UpdateWiretap(HostAndPort server) throws IOException {
    this.server = server;
    this.listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofPlatform().daemon().name("wiretap").start(this::accept);
  }

  HostAndPort address() {
    return HostAndPort.fromParts("127.0.0.1", listener.getLocalPort());
  }

  @Override
  public synchronized ImmutableList<Boolean> requests() {
    return ImmutableList.copyOf(requests);
  }

  @Override
  public synchronized void reset() {
    requests.clear();
    trap = Optional.empty();
  }

  @Override
  public synchronized void at(int n, boolean carriedOut, Runnable action) {
    trap = Optional.of(new Trap(requests.size() + n, carriedOut, action));
  }

  private synchronized Optional<Trap> sprung(byte[] message) {
    requests.add((message[2] >> 3 & 15) == UPDATE);
    return trap.filter(set -> set.n() == requests.size());
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket upstream = new Socket(server.getHost(), server.getPort())) {
      while (true) {
        byte[] message = read(client);
        Optional<Trap> sprung = sprung(message);
        if (sprung.isPresent() && !sprung.get().carriedOut()) {
          sprung.get().action().run();
          return;
        }
        write(upstream, message);
        byte[] reply = read(upstream);
        if (sprung.isPresent()) {
          sprung.get().action().run();
          return;
        }
        write(client, reply);
      }
    } catch (EOFException e) {
      // The client is done.
    } catch (IOException e) {
      // It was killed, or the bed is taken down.
    }
  }

  private static byte[] read(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] message = new byte[in.readUnsignedShort()];
    in.readFully(message);
    return message;
  }

  private static void write(Socket socket, byte[] message) throws IOException {
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    byte[] framed = new byte[message.length + 2];
    framed[0] = (byte) (message.length >> 8);
    framed[1] = (byte) message.length;
    System.arraycopy(message, 0, framed, 2, message.length);
    out.write(framed);
    out.flush();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
