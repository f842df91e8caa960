package io.relais.failover.dns;

import com.google.common.collect.ImmutableSortedSet;

/** A zone in a test, as others than the provider under test see and change it. */
public interface TestZone {
  /** A provider that may change the zone. */
  DnsProvider provider();

  /**
   * All records that the name servers serve, but the SOA record: {@code www.example.org 300 A
   * 203.0.113.10}. Names are absolute, without the dot at the end; addresses in canonical text.
   */
  ImmutableSortedSet<String> served() throws Exception;

  /** Somebody else puts this in the place of what the key has, and publishes it. */
  void put(RrSet set) throws Exception;

  /** Somebody else makes a name, which has no records, an alias, and publishes it. */
  void alias(String name, String target) throws Exception;
}
