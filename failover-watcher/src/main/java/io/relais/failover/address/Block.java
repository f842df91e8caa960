package io.relais.failover.address;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;

/**
 * A block of addresses.
 *
 * @param network its first address; the rest of it is not looked at
 * @param length how many of its bits all addresses of the block begin with
 * @param use what the block is for, and by which document
 */
record Block(InetAddress network, int length, String use) {
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
