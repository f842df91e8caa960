package io.relais.failover.dns.lookup;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Authority.ServerAnswer;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * The questions to one address of an authoritative server over one transport.
 *
 * @param name of the server, for people
 * @param timeout of one question
 */
record ServerQuestions(
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
          name, transport.name(), ImmutableMap.of(), Optional.of(NetworkFailures.describe(e)));
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
   * A cut-off answer over UDP is a server's way to ask for TCP, be it for its size or to limit its
   * rate: the packet came back, so the server is there over UDP as well.
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
