package io.relais.failover.address;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.net.URI;

/**
 * How the backup's public address is found.
 *
 * @param sources whom to ask
 * @param agree how many must say the same, unless one is authoritative; at least 1
 * @param families which addresses the backup has; at least one
 */
public record AddressSettings(
    ImmutableList<Source> sources, int agree, ImmutableSet<IpFamily> families) {
  public AddressSettings {
    checkArgument(agree >= 1, "agree %s", agree);
    checkArgument(!families.isEmpty(), "no family");
  }

  /** Whom to ask. */
  public sealed interface Source {
    /** A page that holds nothing but the address. */
    record Http(URI url) implements Source {}

    /** A name whose address is the asker's, at a name server that answers so. */
    record Dns(String name, HostAndPort server) implements Source {}

    /** The global address of a network interface; IPv6 only. */
    record Interface(String name) implements Source {}

    /** An address that never changes. */
    record Fixed(InetAddress address) implements Source {}
  }
}
