package io.relais.failover.dns.lookup;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.RecordType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.hosts.HostsFileParser;

/**
 * Asks the machine's own resolvers, without a cache: {@link InetAddress} keeps answers for 30 s and
 * knows no deadline, dnsjava's Lookup keeps them for their TTL. For any number of threads.
 */
public final class StubResolver {
  private final Supplier<? extends List<InetSocketAddress>> servers;
  private final HostsFileParser hosts;

  /**
   * Makes one.
   *
   * @param servers who is asked, in this order; called for each question
   * @param hosts a hosts file, which goes before DNS; it need not be there
   */
  public StubResolver(Supplier<? extends List<InetSocketAddress>> servers, Path hosts) {
    this.servers = servers;
    this.hosts = new HostsFileParser(hosts);
  }

  /** With /etc/resolv.conf, read again for each question since a line's renewal rewrites it. */
  public static StubResolver system() {
    return new StubResolver(
        () -> {
          ResolverConfig.refresh();
          return ResolverConfig.getCurrentConfig().servers();
        },
        Path.of("/etc/hosts"));
  }

  /**
   * All addresses of a host: an address in text is its own, then the hosts file, then DNS. Names
   * are absolute; there is no search list. Resolvers that choke on the question for one family (on
   * AAAA, some home routers say nothing) don't hide the other's addresses, nor use up all the time.
   *
   * @throws DnsLookupException if there are none, or no resolver answers
   */
  public ImmutableList<InetAddress> addresses(String host, Deadline deadline)
      throws DnsLookupException, InterruptedException {
    if (InetAddresses.isInetAddress(host)) {
      return ImmutableList.of(InetAddresses.forString(host));
    }
    ImmutableList.Builder<InetAddress> found = ImmutableList.builder();
    DnsLookupException failure = new DnsLookupException(host + " has no address", null);
    boolean failed = false;
    for (RecordType type : RecordType.values()) {
      try {
        found.addAll(addresses(host, type, part(deadline, host)));
      } catch (DnsLookupException e) {
        failure = failed ? failure : e;
        failed = true;
      }
    }
    ImmutableList<InetAddress> addresses = found.build();
    if (addresses.isEmpty()) {
      throw failure;
    }
    return addresses;
  }

  /** Half of what is left: the caller still has something to do with the addresses. */
  private static Deadline part(Deadline whole, String host) throws DnsLookupException {
    try {
      return Deadline.after(whole.left().dividedBy(2));
    } catch (SocketTimeoutException e) {
      throw new DnsLookupException(host + ": " + DnsExchange.describe(e), e);
    }
  }

  private ImmutableList<InetAddress> addresses(String host, RecordType type, Deadline deadline)
      throws DnsLookupException, InterruptedException {
    Optional<InetAddress> local = inHostsFile(host, type);
    return local.isPresent()
        ? ImmutableList.of(local.get())
        : Answers.addresses(ask(host, Answers.number(type), deadline), host, type);
  }

  private Optional<InetAddress> inHostsFile(String host, RecordType type) {
    try {
      return hosts.getAddressForHost(DnsNames.absolute(host), Answers.number(type));
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /**
   * The name servers of a zone.
   *
   * @throws DnsLookupException if there are none, or no resolver answers
   */
  ImmutableList<String> nameServers(String zone, Deadline deadline)
      throws DnsLookupException, InterruptedException {
    Message reply = ask(zone, Type.NS, deadline);
    ImmutableList<String> names =
        Answers.answers(reply, DnsNames.absolute(zone), Type.NS).stream()
            .map(record -> DnsNames.text(((NSRecord) record).getTarget()))
            .sorted()
            .collect(toImmutableList());
    if (names.isEmpty()) {
      throw new DnsLookupException(
          "DNS knows no name servers (NS) of the zone " + zone + ": set servers in [dns]", null);
    }
    return names;
  }

  /**
   * The zone that a name is in: the nearest name above it, or itself, that owns an SOA record.
   *
   * @throws DnsLookupException if there is none below a top-level domain, or no resolver answers
   */
  String zoneOf(String name, Deadline deadline) throws DnsLookupException, InterruptedException {
    for (Name at = DnsNames.absolute(name); isBelowTop(at); at = new Name(at, 1)) {
      Optional<Name> owner = startOfAuthority(ask(DnsNames.text(at), Type.SOA, deadline), at);
      if (owner.isPresent()) {
        return DnsNames.text(owner.get());
      }
    }
    throw new DnsLookupException(
        "DNS shows no zone that " + name + " is in: is the name right? If so, set zones in [dns]",
        null);
  }

  /** In the answer at a zone's top; otherwise in the authority section (RFC 2308, section 3). */
  private static Optional<Name> startOfAuthority(Message reply, Name name) {
    if (!Answers.answers(reply, name, Type.SOA).isEmpty()) {
      return Optional.of(name);
    }
    return Answers.answers(reply, name, Type.CNAME).isEmpty()
        ? reply.getSection(Section.AUTHORITY).stream()
            .filter(record -> record.getType() == Type.SOA)
            .map(Record::getName)
            .filter(owner -> name.subdomain(owner) && isBelowTop(owner))
            .findFirst()
        : Optional.empty();
  }

  /** The root is one label, and a top-level domain two. */
  private static boolean isBelowTop(Name name) {
    return name.labels() > 2;
  }

  /** Asks one resolver after the other; each gets its share of the time left. */
  private Message ask(String name, int type, Deadline deadline)
      throws DnsLookupException, InterruptedException {
    Message query = Answers.question(name, type);
    query.getHeader().setFlag(Flags.RD);
    List<InetSocketAddress> resolvers = servers.get();
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < resolvers.size(); i++) {
      InetSocketAddress resolver = resolvers.get(i);
      try {
        Duration share = deadline.left().dividedBy(resolvers.size() - i);
        Message reply = DnsExchange.sendByEither(resolver, query, Deadline.after(share)).message();
        if (Answers.conclusive(reply)) {
          return reply;
        }
        failures.add(DnsNames.describe(resolver) + " answers " + Rcode.string(reply.getRcode()));
      } catch (IOException e) {
        failures.add(DnsNames.describe(resolver) + ": " + DnsExchange.describe(e));
      }
    }
    throw new DnsLookupException(
        String.format(
            "no resolver answers a question for %s %s (%s): look at /etc/resolv.conf",
            name, Type.string(type), Joiner.on("; ").join(failures)),
        null);
  }
}
