package io.relais.failover.dns.lookup;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.IpFamily;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/** One question to one given name server, with no cache. For any number of threads. */
public final class DnsQuestions {
  private final StubResolver resolver;

  /**
   * Makes one.
   *
   * @param resolver finds the address of a server that is given by name
   */
  public DnsQuestions(StubResolver resolver) {
    this.resolver = resolver;
  }

  /**
   * Asks by UDP, and by TCP if the answer does not fit into a packet. The server may look further
   * (recursion), and aliases are followed as far as its reply shows them. Of a server's several
   * addresses the first that replies counts.
   *
   * @param server a name or an address; port 53 if it has none
   * @param name absolute, without the dot at the end
   * @param timeout for all of it
   * @return the addresses; none if the server says that there are none
   * @throws DnsLookupException if it says neither; the message names the server and what happened
   */
  public ImmutableSet<InetAddress> ask(
      HostAndPort server, String name, RecordType type, Duration timeout)
      throws DnsLookupException, InterruptedException {
    Deadline deadline = Deadline.after(timeout);
    return ask(server, resolver.addresses(server.getHost(), deadline), name, type, deadline);
  }

  /**
   * The same, but goes over the protocol that the answer is about (IPv4 for A): for servers whose
   * answer depends on where the question comes from.
   *
   * @throws DnsLookupException also if the server has no address of that protocol
   */
  public ImmutableSet<InetAddress> askOverSameProtocol(
      HostAndPort server, String name, RecordType type, Duration timeout)
      throws DnsLookupException, InterruptedException {
    Deadline deadline = Deadline.after(timeout);
    ImmutableList<InetAddress> addresses =
        resolver.addresses(server.getHost(), deadline).stream()
            .filter(address -> IpFamily.of(address) == type.family())
            .collect(ImmutableList.toImmutableList());
    if (addresses.isEmpty()) {
      throw new DnsLookupException(
          "%s has no %s address, by which to ask for %s"
              .formatted(server, type == RecordType.A ? "IPv4" : "IPv6", type),
          null);
    }
    return ask(server, addresses, name, type, deadline);
  }

  private static ImmutableSet<InetAddress> ask(
      HostAndPort server,
      ImmutableList<InetAddress> addresses,
      String name,
      RecordType type,
      Deadline deadline)
      throws DnsLookupException, InterruptedException {
    DnsLookupException failure = null;
    for (int i = 0; i < addresses.size(); i++) {
      InetAddress address = addresses.get(i);
      try {
        Duration share = deadline.left().dividedBy(addresses.size() - i);
        return askAt(
            new InetSocketAddress(address, server.getPortOrDefault(DnsNames.PORT)),
            name,
            type,
            Deadline.after(share));
      } catch (IOException e) {
        failure = failure(DnsNames.describe(server, address), name, type, e);
      }
    }
    throw failure == null ? new DnsLookupException(server + " has no address", null) : failure;
  }

  private static ImmutableSet<InetAddress> askAt(
      InetSocketAddress server, String name, RecordType type, Deadline deadline)
      throws IOException, InterruptedException {
    Message query = Answers.question(name, Answers.number(type));
    query.getHeader().setFlag(Flags.RD);
    Message reply = DnsExchange.sendByEither(server, query, deadline).message();
    if (!Answers.conclusive(reply)) {
      throw new IOException("it answers " + Rcode.string(reply.getRcode()));
    }
    return ImmutableSet.copyOf(Answers.addresses(reply, name, type));
  }

  private static DnsLookupException failure(
      String server, String name, RecordType type, IOException e) {
    return new DnsLookupException(
        String.format("asked for %s %s, %s: %s", name, type, server, DnsExchange.describe(e)), e);
  }
}
