package io.relais.failover.dns;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import java.net.InetAddress;
import java.time.Duration;

/** Asks a name server for addresses. For any number of threads. */
public interface DnsQuestion {
  /**
   * The addresses that one server answers with; empty if it says that there are none. Asks only
   * that server, and remembers nothing.
   *
   * @param server its address or name; port 53 unless it has one
   * @param name absolute, without the dot at the end
   * @param timeout for the whole question
   * @throws DnsLookupException if no answer came, or a refusal
   * @throws InterruptedException if the thread was interrupted
   */
  ImmutableSet<InetAddress> ask(HostAndPort server, String name, RecordType type, Duration timeout)
      throws DnsLookupException, InterruptedException;
}
