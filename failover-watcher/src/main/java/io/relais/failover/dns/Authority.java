package io.relais.failover.dns;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Optional;

/** Asks a zone's own name servers, each by UDP and by TCP. For any number of threads. */
public interface Authority {
  /**
   * The zone that a name is in: the configured one, or the owner of the SOA record above the name.
   *
   * @throws DnsLookupException if it can't be found
   */
  String zoneOf(String name) throws DnsLookupException, InterruptedException;

  /**
   * Asks all of them about all keys, at once; each question has a deadline.
   *
   * @return one entry for each server address and transport
   * @throws DnsLookupException if not one server of the zone can be found
   */
  ImmutableList<ServerAnswer> ask(String zone, ImmutableSet<RecordKey> keys)
      throws DnsLookupException, InterruptedException;

  /**
   * What one server said over one transport.
   *
   * @param server its name and address, for people
   * @param transport {@code UDP} or {@code TCP}
   * @param sets by key, empty sets where it says that there is no such record
   * @param failure why there is no answer, for people: no reply, not authoritative, an error code
   */
  record ServerAnswer(
      String server,
      String transport,
      ImmutableMap<RecordKey, RrSet> sets,
      Optional<String> failure) {}
}
