package io.relais.failover.dns.rfc2136;

import com.google.common.net.HostAndPort;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.lookup.Deadline;
import io.relais.failover.dns.lookup.DnsExchange;
import io.relais.failover.dns.lookup.DnsExchange.Reply;
import io.relais.failover.dns.lookup.DnsExchange.Transport;
import io.relais.failover.dns.lookup.DnsNames;
import io.relais.failover.dns.lookup.StubResolver;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;

/**
 * Signed messages to one server, over TCP: an update is never sent twice by a timer, a reply is
 * never cut off, and a server that is not there says so at once. Every name server must take TCP
 * (RFC 7766).
 */
final class SignedCalls {
  private final HostAndPort server;
  private final TsigKey key;
  private final Duration timeout;
  private final StubResolver resolver;
  private final UpdateFailures updateFailures;
  private final Clock clock;

  /** From our clock to the server's; zero unless the server ever minded. */
  private Duration correction = Duration.ZERO;

  SignedCalls(
      HostAndPort server, TsigKey key, Duration timeout, StubResolver resolver, Clock clock) {
    this.server = server.withDefaultPort(DnsNames.PORT);
    this.key = key;
    this.timeout = timeout;
    this.resolver = resolver;
    this.clock = clock;
    this.updateFailures = new UpdateFailures(this.server, key, clock);
  }

  /** Its name, as configured, and port. */
  HostAndPort server() {
    return server;
  }

  UpdateFailures failures() {
    return updateFailures;
  }

  /**
   * Signs and sends a message, and verifies the reply's signature. Where the server says, signed,
   * that our clock is wrong, its time is the one that counts from then on (RFC 8945, section
   * 5.2.3): a machine that starts without a clock of its own must be able to switch as well.
   *
   * @param query not signed, and left so
   * @param what it is for, as {@code read www.example.org A}
   * @return the reply, whatever its code
   * @throws DnsProviderException if there is none, or none to trust
   */
  Message send(Message query, String what) throws DnsProviderException, InterruptedException {
    Message reply = attempt(query, what);
    Optional<Instant> serverTime = UpdateFailures.serverTime(reply.getTSIG());
    if (isBadTime(reply) && serverTime.isPresent()) {
      correction = Duration.between(clock.instant(), serverTime.get());
      reply = attempt(query, what);
    }
    if (isBadTime(reply)) {
      throw updateFailures.badKey(what, reply.getTSIG());
    }
    return reply;
  }

  private static boolean isBadTime(Message reply) {
    return reply.getTSIG().getError() == Rcode.BADTIME;
  }

  private Message attempt(Message query, String what)
      throws DnsProviderException, InterruptedException {
    TSIG signer = key.signer(Clock.offset(clock, correction));
    Message signed = query.clone();
    signer.apply(signed, null);
    try {
      Reply reply = exchange(signed, Deadline.after(timeout));
      requireTrusted(reply, signer, signed.getTSIG(), what);
      return reply.message();
    } catch (IOException e) {
      throw updateFailures.unanswered(what, DnsExchange.describe(e), e);
    } catch (DnsLookupException e) {
      throw updateFailures.unanswered(what, String.valueOf(e.getMessage()), e);
    }
  }

  /** A server by name may have addresses that lead nowhere: the first that accepts is it. */
  private Reply exchange(Message query, Deadline deadline)
      throws IOException, DnsLookupException, InterruptedException {
    IOException failure = new ConnectException();
    for (InetAddress address : resolver.addresses(server.getHost(), deadline)) {
      try {
        return DnsExchange.send(
            new InetSocketAddress(address, server.getPort()), Transport.TCP, query, deadline);
      } catch (ConnectException e) {
        failure = e;
      }
    }
    throw failure;
  }

  /** A signed BADTIME passes: it is as good as any reply, and tells the server's time. */
  private void requireTrusted(Reply reply, TSIG signer, TSIGRecord ours, String what)
      throws DnsProviderException {
    TSIGRecord theirs = reply.message().getTSIG();
    if (theirs == null && reply.message().getRcode() != Rcode.NOERROR) {
      // Servers may leave errors unsigned; believing one can only stop us.
      throw updateFailures.code(what, reply.message().getRcode());
    }
    boolean verified =
        theirs != null && signer.verify(reply.message(), reply.wire(), ours) == Rcode.NOERROR;
    if (theirs != null
        && theirs.getError() != Rcode.NOERROR
        && !(verified && isBadTime(reply.message()))) {
      throw updateFailures.badKey(what, theirs);
    }
    if (!verified) {
      throw updateFailures.untrusted(what);
    }
  }
}
