package io.relais.failover.address;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;

/**
 * Which addresses a host on the Internet can have: what the IANA registries of special addresses
 * (RFC 6890; https://www.iana.org/assignments/iana-ipv4-special-registry/ and
 * https://www.iana.org/assignments/iana-ipv6-special-registry/) set aside is refused, also where
 * they call it globally reachable, because that is for services and not for hosts.
 */
public final class GlobalAddress {
  private static final ImmutableList<Block> SPECIAL =
      ImmutableList.of(
          Block.of("0.0.0.0/8", "\"this network\", RFC 791"),
          Block.of("10.0.0.0/8", "private, RFC 1918"),
          Block.of("100.64.0.0/10", "shared by a provider's customers (CGNAT), RFC 6598"),
          Block.of("127.0.0.0/8", "loopback, RFC 1122"),
          Block.of("169.254.0.0/16", "link-local, RFC 3927"),
          Block.of("172.16.0.0/12", "private, RFC 1918"),
          Block.of("192.0.0.0/24", "for protocols, RFC 6890"),
          Block.of("192.0.2.0/24", "documentation, RFC 5737"),
          Block.of("192.31.196.0/24", "AS112, RFC 7535"),
          Block.of("192.52.193.0/24", "AMT relays, RFC 7450"),
          Block.of("192.88.99.0/24", "6to4 relays, RFC 7526"),
          Block.of("192.168.0.0/16", "private, RFC 1918"),
          Block.of("192.175.48.0/24", "AS112, RFC 7534"),
          Block.of("198.18.0.0/15", "benchmarking, RFC 2544"),
          Block.of("198.51.100.0/24", "documentation, RFC 5737"),
          Block.of("203.0.113.0/24", "documentation, RFC 5737"),
          Block.of("224.0.0.0/4", "multicast, RFC 5771"),
          Block.of("255.255.255.255/32", "broadcast, RFC 919"),
          Block.of("240.0.0.0/4", "reserved, RFC 1112"),
          Block.of("::/128", "unspecified, RFC 4291"),
          Block.of("::1/128", "loopback, RFC 4291"),
          Block.of("64:ff9b::/96", "NAT64, RFC 6052"),
          Block.of("64:ff9b:1::/48", "local NAT64, RFC 8215"),
          Block.of("100::/64", "discarded, RFC 6666"),
          Block.of("100:0:0:1::/64", "a dummy prefix, RFC 9780"),
          Block.of("2001::/32", "Teredo, RFC 4380"),
          Block.of("2001:2::/48", "benchmarking, RFC 5180"),
          Block.of("2001::/23", "for protocols, RFC 2928"),
          Block.of("2001:db8::/32", "documentation, RFC 3849"),
          Block.of("2002::/16", "6to4, RFC 3056"),
          Block.of("2620:4f:8000::/48", "AS112, RFC 7534"),
          Block.of("3fff::/20", "documentation, RFC 9637"),
          Block.of("5f00::/16", "segment routing, RFC 9602"),
          Block.of("fc00::/7", "private (ULA), RFC 4193"),
          Block.of("fe80::/10", "link-local, RFC 4291"),
          Block.of("fec0::/10", "site-local, RFC 3879"),
          Block.of("ff00::/8", "multicast, RFC 4291"));

  /** https://www.iana.org/assignments/ipv6-address-space/: the rest is not given out yet. */
  private static final Block UNICAST_V6 = Block.of("2000::/3", "global unicast, RFC 4291");

  private static final byte[] MAPPED_PREFIX = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private GlobalAddress() {}

  /** What keeps an address from being a host's on the Internet, for people; empty if nothing. */
  public static Optional<String> problem(InetAddress address) {
    if (isMapped(address)) {
      return Optional.of("an IPv4-mapped address, RFC 4291");
    }
    Optional<String> special =
        SPECIAL.stream().filter(block -> block.holds(address)).map(Block::use).findFirst();
    return special.isEmpty() && IpFamily.of(address) == IpFamily.V6 && !UNICAST_V6.holds(address)
        ? Optional.of("not given out, RFC 4291")
        : special;
  }

  /** The JDK turns nearly all of them into IPv4, so that no text yields one for the table. */
  private static boolean isMapped(InetAddress address) {
    byte[] raw = address.getAddress();
    return raw.length == 16
        && Arrays.equals(raw, 0, MAPPED_PREFIX.length, MAPPED_PREFIX, 0, MAPPED_PREFIX.length);
  }

  /**
   * Passes an address that a host on the Internet can have.
   *
   * @throws AddressException if it is not such an address; the message begins with it
   */
  static InetAddress require(InetAddress address) throws AddressException {
    Optional<String> problem = problem(address);
    if (problem.isPresent()) {
      throw new AddressException(
          InetAddresses.toAddrString(address) + " is not a public address: " + problem.get(), null);
    }
    return address;
  }

  /**
   * A block of addresses.
   *
   * @param network its first address; the rest of it is not looked at
   * @param length how many of its bits all addresses of the block begin with
   * @param use what the block is for, and by which document
   */
  private record Block(InetAddress network, int length, String use) {
    /** Makes the one that is written as {@code 192.0.2.0/24}. */
    static Block of(String prefix, String use) {
      int slash = prefix.indexOf('/');
      return new Block(
          InetAddresses.forString(prefix.substring(0, slash)),
          Integer.parseInt(prefix, slash + 1, prefix.length(), 10),
          use);
    }

    boolean holds(InetAddress address) {
      byte[] ours = network.getAddress();
      byte[] theirs = address.getAddress();
      if (ours.length != theirs.length) {
        return false;
      }
      int whole = length / 8;
      for (int i = 0; i < whole; i++) {
        if (ours[i] != theirs[i]) {
          return false;
        }
      }
      int rest = length % 8;
      return rest == 0 || (ours[whole] ^ theirs[whole]) >> (8 - rest) == 0;
    }
  }
}
