package io.relais.failover.net;

import com.google.common.collect.ImmutableList;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.Optional;

/**
 * Looks host names up by the system's resolver, past Java's own cache.
 *
 * <p>Java keeps an answer for 30 s and a missing one for 10: a probe right after a switch would ask
 * the old server. The settings that end this are read once, at the first lookup in the JVM, so the
 * program calls {@link #disableCaching} before anything else.
 *
 * @see <a href="https://docs.oracle.com/en/java/javase/25/core/java-networking.html">Java
 *     networking properties</a>
 */
public final class SystemResolver {
  static {
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.stale.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
  }

  private SystemResolver() {}

  /** Makes Java keep no answers. Without effect once a name was looked up in this JVM. */
  public static void disableCaching() {
    // Loading the class did it.
  }

  /**
   * The addresses of a host, at least one, in the system's order. Blocks as long as the system's
   * resolver does, which can be many seconds, and can't be interrupted: to be called on a platform
   * thread that may be left behind (a virtual one would hold its carrier).
   *
   * @param family of the addresses wanted; empty for both
   * @throws UnknownHostException if there are none
   */
  public static ImmutableList<InetAddress> lookup(String host, Optional<IpFamily> family)
      throws UnknownHostException {
    ImmutableList<InetAddress> found = ImmutableList.copyOf(InetAddress.getAllByName(host));
    ImmutableList<InetAddress> wanted =
        found.stream()
            .filter(address -> family.isEmpty() || family.get() == IpFamily.of(address))
            .collect(ImmutableList.toImmutableList());
    if (wanted.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return wanted;
  }
}
