package io.relais.failover.address;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.RecordType;
import java.net.InetAddress;
import java.time.Duration;

/** Asks one name server one question. For any number of threads. */
public interface AddressQuestion {
  /**
   * Asks for the addresses of a name, at this server and no other, without any cache. The question
   * goes over the protocol that the answer is about (IPv4 for A), because the answer depends on
   * where it comes from.
   *
   * @param server its address or name; port 53 unless it has one
   * @param name absolute, without the dot at the end
   * @param timeout of everything
   * @return what it says; empty if it says that there is no such record
   * @throws DnsLookupException if it does not answer, or not without an error
   * @throws InterruptedException if the thread was interrupted
   */
  ImmutableSet<InetAddress> ask(HostAndPort server, String name, RecordType type, Duration timeout)
      throws DnsLookupException, InterruptedException;
}
