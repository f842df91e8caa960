package io.relais.failover.dns.lookup;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.TextParseException;

/** Between our names (lower case, without the dot at the end) and dnsjava's. */
public final class DnsNames {
  /** Where name servers listen. */
  public static final int PORT = 53;

  private DnsNames() {}

  /**
   * A name from the configuration, which checked it.
   *
   * @throws IllegalArgumentException if it is not a valid name
   */
  public static Name absolute(String name) {
    try {
      return Name.concatenate(Name.fromString(name), Name.root);
    } catch (TextParseException | NameTooLongException e) {
      throw new IllegalArgumentException("'" + name + "' is not a valid DNS name", e);
    }
  }

  public static String text(Name name) {
    return name.toString(true).toLowerCase(Locale.ROOT);
  }

  /** The same where only its address is known: {@code 192.0.2.53:53}. */
  static String describe(InetSocketAddress server) {
    return server.getAddress() == null
        ? server.getHostString() + ":" + server.getPort()
        : HostAndPort.fromParts(InetAddresses.toAddrString(server.getAddress()), server.getPort())
            .toString();
  }

  /** How people know a server: {@code ns1.example.org (192.0.2.53:53)}. */
  public static String describe(HostAndPort server, InetAddress address) {
    String text = InetAddresses.toAddrString(address);
    HostAndPort numeric = HostAndPort.fromParts(text, server.getPortOrDefault(PORT));
    return server.getHost().equals(text)
        ? numeric.toString()
        : server.getHost() + " (" + numeric + ")";
  }
}
