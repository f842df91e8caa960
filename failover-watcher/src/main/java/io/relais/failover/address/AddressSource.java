package io.relais.failover.address;

import io.relais.failover.net.IpFamily;
import java.net.InetAddress;

/** One place that knows our public address. For any number of threads. */
public interface AddressSource {
  /** For people: {@code https://api.ipify.org}. */
  String name();

  boolean supports(IpFamily family);

  /** Whether its word is enough by itself: a fixed address, or our own interface's. */
  boolean authoritative();

  /**
   * Asks.
   *
   * @throws AddressException if it gives no address, or one that can't be ours (its fault or the
   *     line's; the message says which)
   */
  InetAddress find(IpFamily family) throws AddressException, InterruptedException;
}
