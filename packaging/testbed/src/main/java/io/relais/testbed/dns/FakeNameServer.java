package io.relais.testbed.dns;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;

/** A name server that does what the test says, over UDP and TCP at one port of loopback. */
public final class FakeNameServer implements AutoCloseable {
  /** What it answers. */
  @FunctionalInterface
  public interface Behaviour {
    /**
     * The reply to a query.
     *
     * @param tcp or by UDP
     * @return nothing to be silent; over TCP the connection is closed
     */
    Optional<Message> reply(Message query, boolean tcp) throws IOException;

    /** The same, and the reply as changed. */
    default Behaviour but(Consumer<Message> change) {
      return (query, tcp) -> {
        Optional<Message> reply = reply(query, tcp);
        reply.ifPresent(change);
        return reply;
      };
    }
  }

  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private final ImmutableList<Thread> listeners;
  private volatile Behaviour behaviour;
  private volatile @Nullable TSIG key;
  private volatile boolean strayFirst;
  private volatile boolean holding;

  private FakeNameServer(DatagramSocket udp, ServerSocket tcp, Behaviour behaviour) {
    this.udp = udp;
    this.tcp = tcp;
    this.behaviour = behaviour;
    this.listeners =
        ImmutableList.of(
            Thread.ofVirtual().start(this::serveUdp), Thread.ofVirtual().start(this::serveTcp));
  }

  /** At 127.0.0.1 and a port that the kernel picks. */
  public static FakeNameServer start(Behaviour behaviour) throws IOException {
    while (true) {
      var tcp = new ServerSocket(0, 50, InetAddresses.forString("127.0.0.1"));
      try {
        return start(tcp, behaviour);
      } catch (IOException taken) {
        tcp.close();
      }
    }
  }

  /** At another address of loopback, at the same port as one that is there. */
  public static FakeNameServer startBeside(
      FakeNameServer other, String address, Behaviour behaviour) throws IOException {
    int port = other.address().getPort();
    return start(new ServerSocket(port, 50, InetAddresses.forString(address)), behaviour);
  }

  /** At an address of loopback and a port that must be free. */
  public static FakeNameServer startAt(InetAddress address, int port, Behaviour behaviour)
      throws IOException {
    return start(new ServerSocket(port, 50, address), behaviour);
  }

  private static FakeNameServer start(ServerSocket tcp, Behaviour behaviour) throws IOException {
    return new FakeNameServer(
        new DatagramSocket(tcp.getLocalPort(), tcp.getInetAddress()), tcp, behaviour);
  }

  /** Answers with authority from these records, and that there are no others. */
  public static Behaviour holding(String... records) {
    return (query, tcp) -> {
      Message reply = replyTo(query);
      reply.getHeader().setFlag(Flags.AA);
      Record question = query.getQuestion();
      boolean exists = false;
      for (String text : records) {
        Record record = ZoneText.record(text);
        boolean sameName = record.getName().equals(question.getName());
        exists |= sameName;
        if (sameName
            && (record.getType() == question.getType() || record.getType() == Type.CNAME)) {
          reply.addRecord(record, Section.ANSWER);
        }
      }
      reply.getHeader().setRcode(exists ? Rcode.NOERROR : Rcode.NXDOMAIN);
      return Optional.of(reply);
    };
  }

  /** Answers with a code and nothing else. */
  public static Behaviour code(int code) {
    return (query, tcp) -> {
      Message reply = replyTo(query);
      reply.getHeader().setRcode(code);
      return Optional.of(reply);
    };
  }

  /** Says nothing. */
  public static Behaviour silent() {
    return (query, tcp) -> Optional.empty();
  }

  /** An empty reply to a query. */
  public static Message replyTo(Message query) {
    var reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setOpcode(query.getHeader().getOpcode());
    reply.addRecord(query.getQuestion(), Section.QUESTION);
    return reply;
  }

  /** Adds an answer: {@code www.example.org 300 A 203.0.113.10}. */
  public static void add(Message reply, String record) throws IOException {
    reply.addRecord(ZoneText.record(record), Section.ANSWER);
  }

  public void behave(Behaviour behaviour) {
    this.behaviour = behaviour;
  }

  /** Replies to signed queries are signed with this from now on. */
  public void sign(TSIG key) {
    this.key = key;
  }

  /** Before each reply by UDP, it sends what is no DNS and what belongs to another query. */
  public void sendStraysFirst() {
    strayFirst = true;
  }

  /** Where it is silent, it keeps TCP connections open. */
  public void holdConnections() {
    holding = true;
  }

  public HostAndPort address() {
    return HostAndPort.fromParts(
        InetAddresses.toAddrString(tcp.getInetAddress()), tcp.getLocalPort());
  }

  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
  }

  /** What it was asked so far: {@code UDP www.example.org A}. */
  public List<String> asked() {
    return ImmutableList.copyOf(asked);
  }

  private void serveUdp() {
    byte[] buffer = new byte[65_535];
    try {
      while (true) {
        var packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        byte[] wire = Arrays.copyOf(buffer, packet.getLength());
        Optional<byte[]> reply = reply(wire, false);
        if (reply.isPresent()) {
          sendStrays(wire, packet.getAddress(), packet.getPort());
          send(reply.get(), packet.getAddress(), packet.getPort());
        }
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void sendStrays(byte[] query, InetAddress address, int port) throws IOException {
    if (strayFirst) {
      send(new byte[] {1, 2, 3}, address, port);
      Message other = replyTo(new Message(query));
      other.getHeader().setID(other.getHeader().getID() ^ 1);
      send(other.toWire(), address, port);
    }
  }

  private void send(byte[] wire, InetAddress address, int port) throws IOException {
    udp.send(new DatagramPacket(wire, wire.length, address, port));
  }

  private void serveTcp() {
    try {
      while (true) {
        Socket connection = tcp.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket connection) {
    try {
      var in = new DataInputStream(connection.getInputStream());
      byte[] wire = new byte[in.readUnsignedShort()];
      in.readFully(wire);
      Optional<byte[]> reply = reply(wire, true);
      if (reply.isPresent()) {
        ByteBuffer framed = ByteBuffer.allocate(2 + reply.get().length);
        framed.putShort((short) reply.get().length).put(reply.get());
        connection.getOutputStream().write(framed.array());
      }
      if (reply.isPresent() || !holding) {
        connection.close();
      }
    } catch (IOException gone) {
      // The client's affair.
    }
  }

  private Optional<byte[]> reply(byte[] wire, boolean overTcp) throws IOException {
    Message query = new Message(wire);
    Record question = query.getQuestion();
    asked.add(
        String.join(
            " ",
            overTcp ? "TCP" : "UDP",
            question.getName().toString(true),
            Type.string(question.getType())));
    return behaviour.reply(query, overTcp).map(reply -> signed(query, reply));
  }

  private byte[] signed(Message query, Message reply) {
    TSIG signer = key;
    TSIGRecord theirs = query.getTSIG();
    if (signer != null && theirs != null) {
      signer.apply(reply, theirs);
    }
    return reply.toWire();
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
    // A thread that waits in accept may take one more connection while its socket is closed.
    for (Thread listener : listeners) {
      Uninterruptibles.joinUninterruptibly(listener);
    }
    for (Socket connection : connections) {
      connection.close();
    }
  }
}
