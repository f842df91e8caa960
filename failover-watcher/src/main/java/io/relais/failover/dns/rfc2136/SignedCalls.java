package io.relais.failover.dns.rfc2136;

import com.google.common.net.HostAndPort;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.lookup.Deadline;
import io.relais.failover.dns.lookup.Exchange;
import io.relais.failover.dns.lookup.Names;
import io.relais.failover.dns.lookup.NetworkFailures;
import io.relais.failover.dns.lookup.Reply;
import io.relais.failover.dns.lookup.StubResolver;
import io.relais.failover.dns.lookup.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
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
  private final Failures failures;
  private final Clock clock;

  SignedCalls(
      HostAndPort server, TsigKey key, Duration timeout, StubResolver resolver, Clock clock) {
    this.server = server.withDefaultPort(Names.PORT);
    this.key = key;
    this.timeout = timeout;
    this.resolver = resolver;
    this.clock = clock;
    this.failures = new Failures(this.server, key, clock);
  }

  /** Its name, as configured, and port. */
  HostAndPort server() {
    return server;
  }

  Failures failures() {
    return failures;
  }

  /**
   * Signs and sends a message, and verifies the reply's signature.
   *
   * @param query not signed yet; it is signed in place
   * @param what it is for, as {@code read www.example.org A}
   * @return the reply, whatever its code
   * @throws DnsProviderException if there is none, or none to trust
   */
  Message send(Message query, String what) throws DnsProviderException, InterruptedException {
    TSIG signer = key.signer(clock);
    signer.apply(query, null);
    TSIGRecord ours = query.getTSIG();
    Reply reply;
    try {
      reply = exchange(query, Deadline.after(timeout));
    } catch (IOException e) {
      throw failures.unanswered(what, NetworkFailures.describe(e), e);
    } catch (DnsLookupException e) {
      throw failures.unanswered(what, String.valueOf(e.getMessage()), e);
    }
    requireTrusted(reply, signer, ours, what);
    return reply.message();
  }

  /** A server by name may have addresses that lead nowhere: the first that accepts is it. */
  private Reply exchange(Message query, Deadline deadline)
      throws IOException, DnsLookupException, InterruptedException {
    IOException failure = new ConnectException();
    for (InetAddress address : resolver.addresses(server.getHost(), deadline)) {
      try {
        return Exchange.send(
            new InetSocketAddress(address, server.getPort()), Transport.TCP, query, deadline);
      } catch (ConnectException e) {
        failure = e;
      }
    }
    throw failure;
  }

  private void requireTrusted(Reply reply, TSIG signer, @Nullable TSIGRecord ours, String what)
      throws DnsProviderException {
    TSIGRecord theirs = reply.message().getTSIG();
    if (theirs != null && theirs.getError() != Rcode.NOERROR) {
      throw failures.badKey(what, theirs);
    }
    if (theirs == null && reply.message().getRcode() != Rcode.NOERROR) {
      // Servers may leave errors unsigned; believing one can only stop us.
      throw failures.code(what, reply.message().getRcode());
    }
    if (theirs == null || signer.verify(reply.message(), reply.wire(), ours) != Rcode.NOERROR) {
      throw failures.untrusted(what);
    }
  }
}
