package io.relais.failover.net;

import com.google.common.net.InetAddresses;
import java.net.URI;
import java.util.Locale;

/** Which URLs others on the way can read, and answer in the server's place. */
public final class PlainHttp {
  private PlainHttp() {}

  /** Whether it is one of http to another host; a name counts as one, but for localhost. */
  public static boolean leavesThisMachine(URI url) {
    return "http".equalsIgnoreCase(url.getScheme()) && !isLoopback(url.getHost());
  }

  private static boolean isLoopback(String host) {
    return host.toLowerCase(Locale.ROOT).equals("localhost")
        || (InetAddresses.isUriInetAddress(host)
            && InetAddresses.forUriString(host).isLoopbackAddress());
  }
}
