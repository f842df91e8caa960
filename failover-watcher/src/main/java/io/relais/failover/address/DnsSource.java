package io.relais.failover.address;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsQuestion;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Duration;

/** A name server that answers with the asker's address, as OpenDNS does for myip.opendns.com. */
record DnsSource(DnsQuestion dns, String question, HostAndPort server, Duration limit)
    implements AddressSource {
  @Override
  public String name() {
    return question + " at " + server;
  }

  /** A server's address decides which protocol it is asked over, and so what it can see of us. */
  @Override
  public boolean supports(IpFamily family) {
    String host = server.getHost();
    return !InetAddresses.isInetAddress(host)
        || IpFamily.of(InetAddresses.forString(host)) == family;
  }

  @Override
  public boolean authoritative() {
    return false;
  }

  @Override
  public InetAddress find(IpFamily family) throws AddressException, InterruptedException {
    ImmutableSet<InetAddress> answer;
    try {
      answer = dns.ask(server, question, RecordType.of(family), limit);
    } catch (DnsLookupException e) {
      throw new AddressException("no answer: " + e.getMessage(), e);
    }
    if (answer.size() != 1) {
      throw new AddressException(
          answer.isEmpty()
              ? "no address in the answer"
              : answer.size() + " addresses in the answer",
          null);
    }
    InetAddress address = Iterables.getOnlyElement(answer);
    if (IpFamily.of(address) != family) {
      throw new AddressException("an address of the other protocol in the answer", null);
    }
    return GlobalAddress.require(address);
  }
}
