package io.relais.failover.dns.lookup;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Authority.ServerAnswer;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.lookup.DnsExchange.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * The name servers of a zone, asked at every address over both transports at once. Nothing is kept
 * from one call to the next. The machine's resolver is asked only for what is not configured: with
 * zones, and servers by address, a resolver that lies has no say. For any number of threads.
 */
public final class AuthoritativeServers implements Authority {
  private final ImmutableList<String> zones;
  private final ImmutableList<HostAndPort> servers;
  private final Duration timeout;
  private final StubResolver resolver;
  private final int port;

  /**
   * Makes one.
   *
   * @param zones in lower case, without the dot at the end; empty to find a name's zone by its SOA
   * @param servers empty to find them by the zone's NS records
   * @param timeout of one question to one server, and of finding the servers
   */
  public AuthoritativeServers(
      ImmutableList<String> zones,
      ImmutableList<HostAndPort> servers,
      Duration timeout,
      StubResolver resolver) {
    this(zones, servers, timeout, resolver, DnsNames.PORT);
  }

  /** With another port where none is configured, for tests. */
  AuthoritativeServers(
      ImmutableList<String> zones,
      ImmutableList<HostAndPort> servers,
      Duration timeout,
      StubResolver resolver,
      int port) {
    this.zones = zones;
    this.servers = servers;
    this.timeout = timeout;
    this.resolver = resolver;
    this.port = port;
  }

  @Override
  public String zoneOf(String name) throws DnsLookupException, InterruptedException {
    return zones.isEmpty()
        ? resolver.zoneOf(name, Deadline.after(timeout))
        : configuredZoneOf(name);
  }

  private String configuredZoneOf(String name) throws DnsLookupException {
    return zones.stream()
        .filter(zone -> name.equals(zone) || name.endsWith("." + zone))
        .max(Comparator.comparingInt(String::length))
        .orElseThrow(
            () ->
                new DnsLookupException(
                    String.format(
                        "%s is in none of the zones %s: add its zone to zones in [dns]",
                        name, Joiner.on(", ").join(zones)),
                    null));
  }

  @Override
  public ImmutableList<ServerAnswer> ask(String zone, ImmutableSet<RecordKey> keys)
      throws DnsLookupException, InterruptedException {
    ImmutableList<HostAndPort> hosts = servers.isEmpty() ? found(zone) : servers;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Located> located =
          all(threads, hosts.stream().<Callable<Located>>map(host -> () -> locate(host)).toList());
      requireAny(zone, located);
      return ImmutableList.copyOf(all(threads, questions(located, zone, keys)));
    }
  }

  private ImmutableList<HostAndPort> found(String zone)
      throws DnsLookupException, InterruptedException {
    return resolver.nameServers(zone, Deadline.after(timeout)).stream()
        .map(HostAndPort::fromHost)
        .collect(toImmutableList());
  }

  /** A server with its addresses, or why there are none. */
  private record Located(
      HostAndPort server, ImmutableList<InetAddress> addresses, String failure) {}

  private Located locate(HostAndPort server) throws InterruptedException {
    try {
      return new Located(
          server.withDefaultPort(port),
          resolver.addresses(server.getHost(), Deadline.after(timeout)),
          "");
    } catch (DnsLookupException e) {
      return new Located(server, ImmutableList.of(), String.valueOf(e.getMessage()));
    }
  }

  private static void requireAny(String zone, List<Located> located) throws DnsLookupException {
    if (located.stream().allMatch(server -> server.addresses().isEmpty())) {
      throw new DnsLookupException(
          String.format(
              "no name server of %s can be found: %s",
              zone, Joiner.on("; ").join(located.stream().map(Located::failure).iterator())),
          null);
    }
  }

  private List<Callable<ServerAnswer>> questions(
      List<Located> located, String zone, ImmutableSet<RecordKey> keys) {
    List<Callable<ServerAnswer>> questions = new ArrayList<>();
    for (Located server : located) {
      for (Transport transport : Transport.values()) {
        if (server.addresses().isEmpty()) {
          questions.add(() -> unlocated(server, transport));
        }
        for (InetAddress address : server.addresses()) {
          questions.add(
              () ->
                  new ServerQuestions(
                          DnsNames.describe(server.server(), address),
                          new InetSocketAddress(address, server.server().getPort()),
                          transport,
                          timeout)
                      .ask(zone, keys));
        }
      }
    }
    return questions;
  }

  private static ServerAnswer unlocated(Located server, Transport transport) {
    return new ServerAnswer(
        server.server().toString(),
        transport.name(),
        ImmutableMap.of(),
        Optional.of(server.failure()));
  }

  /** All results in the order of the tasks, which throw nothing but an interruption. */
  private static <T> List<T> all(ExecutorService threads, List<? extends Callable<T>> tasks)
      throws InterruptedException {
    List<T> results = new ArrayList<>();
    for (Future<T> result : threads.invokeAll(tasks)) {
      try {
        results.add(result.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    return results;
  }

  /**
   * The questions to one address of an authoritative server over one transport.
   *
   * @param name of the server, for people
   * @param timeout of one question
   */
  private record ServerQuestions(
      String name, InetSocketAddress address, Transport transport, Duration timeout) {

    /** Asks one after the other; the first that fails is the failure of all. */
    ServerAnswer ask(String zone, ImmutableSet<RecordKey> keys) throws InterruptedException {
      ImmutableMap.Builder<RecordKey, RrSet> sets = ImmutableMap.builder();
      try {
        for (RecordKey key : keys) {
          sets.put(key, ask(zone, key));
        }
        return new ServerAnswer(name, transport.name(), sets.buildOrThrow(), Optional.empty());
      } catch (IOException e) {
        return new ServerAnswer(
            name, transport.name(), ImmutableMap.of(), Optional.of(DnsExchange.describe(e)));
      }
    }

    private RrSet ask(String zone, RecordKey key) throws IOException, InterruptedException {
      Message reply = whole(Answers.question(key.name(), Answers.number(key.type())));
      if (!Answers.conclusive(reply)) {
        throw new IOException(code(reply.getRcode(), zone));
      }
      if (!Answers.authoritative(reply)) {
        throw new IOException(
            "it answers for " + key.name() + ", but is not authoritative for " + zone);
      }
      Optional<String> alias = Answers.alias(reply, key.name());
      if (alias.isPresent()) {
        throw new IOException(DnsProviderException.aliasText(key.name(), alias.get()));
      }
      return Answers.rrSet(reply, key);
    }

    /**
     * A cut-off answer over UDP is a server's way to ask for TCP, be it for its size or to limit
     * its rate: the packet came back, so the server is there over UDP as well.
     */
    private Message whole(Message query) throws IOException, InterruptedException {
      Deadline deadline = Deadline.after(timeout);
      return switch (transport) {
        case UDP -> DnsExchange.sendByEither(address, query, deadline).message();
        case TCP -> DnsExchange.send(address, Transport.TCP, query, deadline).message();
      };
    }

    private static String code(int code, String zone) {
      String text = "it answers " + Rcode.string(code);
      return code == Rcode.REFUSED || code == Rcode.NOTAUTH
          ? text + ", so it does not serve " + zone
          : text;
    }
  }
}
