package io.relais.failover.change;

import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where the backup can be reached; at least one of the two.
 *
 * @param v6 empty if the backup does not serve over IPv6: then AAAA records are taken out
 */
public record BackupAddresses(Optional<InetAddress> v4, Optional<InetAddress> v6) {
  /** For what needs no backup, as a fail-back. */
  public static final BackupAddresses NONE =
      new BackupAddresses(Optional.empty(), Optional.empty());

  /** Made of what is known for each family. */
  public static BackupAddresses of(Function<IpFamily, Optional<InetAddress>> known) {
    return new BackupAddresses(known.apply(IpFamily.V4), known.apply(IpFamily.V6));
  }

  public Optional<InetAddress> of(IpFamily family) {
    return family == IpFamily.V4 ? v4 : v6;
  }

  @Override
  public String toString() {
    return v4.map(InetAddress::getHostAddress)
        .map(four -> v6.map(six -> four + ", " + six.getHostAddress()).orElse(four))
        .or(() -> v6.map(InetAddress::getHostAddress))
        .orElse("none");
  }
}
