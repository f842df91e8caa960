package io.relais.sync.openssh;

import com.google.common.base.Ascii;
import com.google.common.net.InetAddresses;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;

/** Normalizes the name to connect to: names in lower case, addresses in their usual form. */
final class HostNames {
  private HostNames() {}

  static String normalize(String host, Optional<ConfigLine> line) throws SshConfigException {
    boolean scoped = host.indexOf('%') >= 0;
    if (scoped || !looksLikeAddress(host)) {
      return scoped ? host : Ascii.toLowerCase(host);
    }
    if (!InetAddresses.isInetAddress(host)) {
      String message = "'" + host + "' is no address in full; write all parts, or a name";
      throw line.isPresent() ? line.get().fault(message) : new SshConfigException(message);
    }
    InetAddress address = InetAddresses.forString(host);
    // ::ffff:192.0.2.1 stays what it is, though the JDK takes it for 192.0.2.1.
    boolean mapped = host.indexOf(':') >= 0 && address instanceof Inet4Address;
    String usual = InetAddresses.toAddrString(address);
    // OpenSSH leaves an address alone where only its case is unusual.
    return mapped || Ascii.equalsIgnoreCase(usual, host) ? host : usual;
  }

  private static boolean looksLikeAddress(String host) {
    return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }
}
