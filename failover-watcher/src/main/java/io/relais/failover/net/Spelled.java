package io.relais.failover.net;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;

/** How addresses and URLs stand in messages. */
public final class Spelled {
  private Spelled() {}

  /** As {@code 203.0.113.10:443} or {@code [2001:db8::10]:443}. */
  public static String address(InetAddress address, int port) {
    return HostAndPort.fromParts(InetAddresses.toAddrString(address), port).toString();
  }

  /** Scheme, host and port if it has one: nothing that may be secret. */
  public static String site(URI uri) {
    String port = uri.getPort() == -1 ? "" : ":" + uri.getPort();
    return uri.getScheme().toLowerCase(Locale.ROOT) + "://" + uri.getHost() + port;
  }
}
