package io.relais.failover.dns.lookup;

import io.relais.common.Faults;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.xbill.DNS.WireParseException;

/** Says why no reply came, for people. By type only. */
public final class NetworkFailures {
  private NetworkFailures() {}

  /** One phrase, as {@code no answer in time}. */
  public static String describe(IOException e) {
    return switch (e) {
      case SocketTimeoutException _ -> "no answer in time";
      case PortUnreachableException _ -> "nothing listens there";
      case NoRouteToHostException _ -> "there is no way to it";
      case ConnectException _ -> connecting(e);
      // The JDK has no type of its own for "Network is unreachable".
      case SocketException _ -> "the network says: " + Faults.describe(e);
      case WireParseException _ -> "its answer is not a DNS message";
      default -> Faults.describe(e);
    };
  }

  /** Ours is made of what lies below it and says it already; the JDK's means a refusal. */
  private static String connecting(IOException e) {
    return e.getCause() == null ? "it refuses connections" : Faults.describe(e);
  }
}
