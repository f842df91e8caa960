package io.relais.failover.dns.lookup;

import io.relais.common.Faults;
import io.relais.failover.net.IpFamily;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.WireParseException;

/**
 * One message to one name server, and the reply. The sockets are our own and not dnsjava's: its
 * client shares open connections and a selector thread with everybody in the process, and a reply
 * whose signature is wrong comes back from it like any other. For any number of threads; an
 * interrupt ends the wait, because channels are interruptible.
 */
public final class DnsExchange {
  private static final int LARGEST_MESSAGE = 65_535;

  /** A packet is sent so often within the time allowed, since one in a hundred gets lost. */
  private static final int UDP_TRIES = 3;

  private DnsExchange() {}

  /**
   * Sends and waits. Over UDP, a reply that is cut off (TC) is returned so.
   *
   * @throws ConnectException if nothing was sent: nobody listens, there is no way there, or half
   *     the time passed before a connection stood
   * @throws SocketTimeoutException if no reply came in time
   * @throws IOException if the connection broke, or what came is not a DNS message
   */
  public static Reply send(
      InetSocketAddress server, Transport transport, Message query, Deadline deadline)
      throws IOException, InterruptedException {
    try {
      return switch (transport) {
        case UDP -> byUdp(server, query, deadline);
        case TCP -> byTcp(server, query, deadline);
      };
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while asking " + DnsNames.describe(server));
      }
      throw e;
    }
  }

  /** As {@link #send}, by UDP first, and by TCP if the reply does not fit into a packet. */
  static Reply sendByEither(InetSocketAddress server, Message query, Deadline deadline)
      throws IOException, InterruptedException {
    Reply reply = send(server, Transport.UDP, query, deadline);
    return reply.truncated() ? send(server, Transport.TCP, query, deadline) : reply;
  }

  private static Reply byUdp(InetSocketAddress server, Message query, Deadline deadline)
      throws IOException {
    byte[] wire = query.toWire();
    Duration patience = deadline.left().dividedBy(UDP_TRIES);
    try (DatagramChannel channel = DatagramChannel.open(family(server))) {
      channel.connect(server);
      for (int tries = 1; tries < UDP_TRIES; tries++) {
        channel.write(ByteBuffer.wrap(wire));
        try {
          return receive(channel.socket(), query, Deadline.after(patience));
        } catch (SocketTimeoutException lost) {
          deadline.left();
        }
      }
      channel.write(ByteBuffer.wrap(wire));
      return receive(channel.socket(), query, deadline);
    }
  }

  /** The first reply that belongs to the query; anybody can send packets. */
  private static Reply receive(DatagramSocket socket, Message query, Deadline deadline)
      throws IOException {
    var packet = new DatagramPacket(new byte[LARGEST_MESSAGE], LARGEST_MESSAGE);
    while (true) {
      socket.setSoTimeout(deadline.leftMillis());
      packet.setLength(LARGEST_MESSAGE);
      socket.receive(packet);
      try {
        Reply reply = Reply.parse(Arrays.copyOf(packet.getData(), packet.getLength()));
        if (reply.answers(query)) {
          return reply;
        }
      } catch (IOException notDns) {
        // Not the server's, or not yet the right one: the wait goes on.
      }
    }
  }

  private static Reply byTcp(InetSocketAddress server, Message query, Deadline deadline)
      throws IOException {
    byte[] wire = query.toWire();
    ByteBuffer framed = ByteBuffer.allocate(Short.BYTES + wire.length);
    framed.putShort((short) wire.length).put(wire).flip();
    try (SocketChannel channel = SocketChannel.open(family(server))) {
      Socket socket = channel.socket();
      connect(socket, server, deadline.leftMillis());
      socket.getOutputStream().write(framed.array());
      Reply reply = Reply.parse(readMessage(socket, deadline));
      if (!reply.answers(query)) {
        throw new IOException("the reply belongs to another question, or repeats none");
      }
      return reply;
    }
  }

  private static void connect(Socket socket, InetSocketAddress server, int left)
      throws ConnectException {
    try {
      socket.connect(server, Math.max(1, left / 2));
    } catch (IOException e) {
      throw (ConnectException) new ConnectException(describe(e)).initCause(e);
    }
  }

  private static byte[] readMessage(Socket socket, Deadline deadline) throws IOException {
    byte[] length = readFully(socket, Short.BYTES, deadline);
    return readFully(socket, Short.toUnsignedInt(ByteBuffer.wrap(length).getShort()), deadline);
  }

  private static byte[] readFully(Socket socket, int length, Deadline deadline) throws IOException {
    byte[] bytes = new byte[length];
    int filled = 0;
    while (filled < length) {
      socket.setSoTimeout(deadline.leftMillis());
      int count = socket.getInputStream().read(bytes, filled, length - filled);
      if (count < 0) {
        throw new IOException("the server closed the connection before its reply was whole");
      }
      filled += count;
    }
    return bytes;
  }

  private static StandardProtocolFamily family(InetSocketAddress server) {
    return IpFamily.of(server.getAddress()) == IpFamily.V4
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  /** Why no reply came, for people: one phrase, as {@code no answer in time}. By type only. */
  public static String describe(IOException e) {
    return switch (e) {
      case SocketTimeoutException _ -> "no answer in time";
      case PortUnreachableException _ -> "nothing listens there";
      case NoRouteToHostException _ -> "there is no way to it";
      case ConnectException _ -> connecting(e);
      // The JDK has no type of its own for "Network is unreachable".
      case SocketException _ -> "the network says: " + Faults.describe(e);
      case WireParseException _ -> "its answer is not a DNS message";
      default -> Faults.describe(e);
    };
  }

  /** Ours is made of what lies below it and says it already; the JDK's means a refusal. */
  private static String connecting(IOException e) {
    return e.getCause() == null ? "it refuses connections" : Faults.describe(e);
  }

  /** A name server's reply: parsed, and as it came, which a signature needs (RFC 8945). */
  public static final class Reply {
    private final Message message;
    private final byte[] wire;

    private Reply(Message message, byte[] wire) {
      this.message = message;
      this.wire = wire;
    }

    /**
     * Parses one.
     *
     * @throws IOException if it is not a DNS message
     */
    static Reply parse(byte[] wire) throws IOException {
      try {
        return new Reply(new Message(wire), wire);
      } catch (RuntimeException e) {
        // Whatever a stranger sends must not look like a bug of ours.
        throw new WireParseException("malformed", e);
      }
    }

    public Message message() {
      return message;
    }

    /** The bytes; not to be changed. */
    public byte[] wire() {
      return wire;
    }

    /** Whether it belongs to a query: a late, forged or mixed-up one does not (RFC 5452). */
    boolean answers(Message query) {
      return message.getHeader().getID() == query.getHeader().getID()
          && message.getHeader().getFlag(Flags.QR)
          && message.getHeader().getOpcode() == query.getHeader().getOpcode()
          && repeats(query.getQuestion());
    }

    /**
     * Only the reply to an update, whose signature vouches for it, may leave the zone out (RFC
     * 2136, section 3.8): without the question, 16 bits and a port would be all that there is to
     * guess.
     */
    private boolean repeats(Record asked) {
      List<Record> repeated = message.getSection(Section.QUESTION);
      return repeated.isEmpty()
          ? message.getHeader().getOpcode() == Opcode.UPDATE
          : repeated.size() == 1 && isSame(repeated.getFirst(), asked);
    }

    private static boolean isSame(Record repeated, Record asked) {
      return repeated.getName().equals(asked.getName())
          && repeated.getType() == asked.getType()
          && repeated.getDClass() == asked.getDClass();
    }

    boolean truncated() {
      return message.getHeader().getFlag(Flags.TC);
    }
  }

  /** The two ways to ask a name server (RFC 1035, section 4.2; RFC 7766: both are mandatory). */
  public enum Transport {
    UDP,
    TCP
  }
}
