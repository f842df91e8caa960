package io.relais.failover.dns;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.net.IpFamily;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collection;

/**
 * All records of one name and type (RFC 2181, section 5).
 *
 * @param ttl whole seconds; zero together with no values, or for the default of the zone or the
 *     provider
 * @param values addresses in their canonical text (RFC 5952); none if there is no such record
 */
public record RrSet(RecordKey key, Duration ttl, ImmutableSortedSet<String> values) {
  public RrSet {
    checkArgument(
        !ttl.isNegative() && ttl.equals(ttl.truncatedTo(ChronoUnit.SECONDS)), "ttl %s", ttl);
  }

  /**
   * Makes one of addresses in any valid text.
   *
   * @throws IllegalArgumentException if one is not an address of the type's family
   */
  public static RrSet of(RecordKey key, Duration ttl, Collection<String> addresses) {
    ImmutableSortedSet.Builder<String> values = ImmutableSortedSet.naturalOrder();
    for (String text : addresses) {
      var address = InetAddresses.forString(text);
      checkArgument(
          IpFamily.of(address) == key.type().family(), "%s in an %s record", text, key.type());
      values.add(InetAddresses.toAddrString(address));
    }
    return new RrSet(key, ttl, values.build());
  }

  /** No record. */
  public static RrSet none(RecordKey key) {
    return new RrSet(key, Duration.ZERO, ImmutableSortedSet.of());
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }

  @Override
  public String toString() {
    return isEmpty()
        ? key + " (none)"
        : key + " " + String.join(", ", values) + " ttl " + ttl.toSeconds();
  }
}
