package io.relais.failover.net;

import com.google.common.base.Ascii;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;

/** What URLs say about a connection, and how they and addresses stand in messages. */
public final class Urls {
  private Urls() {}

  /** As {@code 203.0.113.10:443} or {@code [2001:db8::10]:443}. */
  public static String hostAndPort(InetAddress address, int port) {
    return HostAndPort.fromParts(InetAddresses.toAddrString(address), port).toString();
  }

  /** Scheme, host and port if it has one: nothing that may be secret. */
  public static String site(URI uri) {
    String port = uri.getPort() == -1 ? "" : ":" + uri.getPort();
    return uri.getScheme().toLowerCase(Locale.ROOT) + "://" + uri.getHost() + port;
  }

  /** The port, by default that of the scheme. */
  static int port(URI uri) {
    if (uri.getPort() != -1) {
      return uri.getPort();
    }
    return isTls(uri) ? 443 : 80;
  }

  static boolean isTls(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme());
  }

  /**
   * Whether others on the way can read it, and answer in the server's place: one of http to another
   * host. A name counts as another host, but for localhost.
   */
  public static boolean isPlainToAnotherHost(URI url) {
    return "http".equalsIgnoreCase(url.getScheme()) && !isLoopback(url.getHost());
  }

  /** Whether a host is this machine: an address, in brackets or not, or {@code localhost}. */
  public static boolean isLoopback(String host) {
    return Ascii.equalsIgnoreCase(host, "localhost")
        || (InetAddresses.isUriInetAddress(host)
            && InetAddresses.forUriString(host).isLoopbackAddress())
        || (InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress());
  }
}
