package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.api.StoredRecord;
import io.relais.failover.net.IpFamily;
import java.util.Optional;

/**
 * A record as OVH keeps it.
 *
 * @param subDomain as OVH writes it; empty for the zone's own name
 * @param value the address in its canonical text
 * @param ttl seconds; 0 for the zone's default
 */
record OvhRecord(long id, String subDomain, String value, long ttl) implements StoredRecord {
  /** OVH raises what is below without a word. */
  private static final long SMALLEST_TTL = 60;

  /** What OVH makes of a TTL that it is given. */
  static long effective(long ttl) {
    return ttl == 0 ? 0 : Math.max(SMALLEST_TTL, ttl);
  }

  /** Whether what the API shows is of a name and type; it finds more than it was asked for. */
  static boolean matches(JsonNode json, Name name, String type) {
    return json.path("fieldType").asText("").equals(type)
        && name.subDomain().equalsIgnoreCase(json.path("subDomain").asText(""));
  }

  /**
   * Reads one.
   *
   * @return empty if it isn't of the published form, or its target is not an address of that type
   */
  static Optional<OvhRecord> read(JsonNode json, RecordKey key) {
    JsonNode id = json.path("id");
    String target = json.path("target").asText("").strip();
    if (!id.isIntegralNumber() || !InetAddresses.isInetAddress(target)) {
      return Optional.empty();
    }
    var address = InetAddresses.forString(target);
    if (IpFamily.of(address) != key.type().family()) {
      return Optional.empty();
    }
    return Optional.of(
        new OvhRecord(
            id.asLong(),
            json.path("subDomain").asText(""),
            InetAddresses.toAddrString(address),
            Math.max(0, json.path("ttl").asLong(0))));
  }

  /**
   * A name as the API takes it apart.
   *
   * @param subDomain what stands before the zone; empty for the zone's own name
   */
  record Name(String zone, String subDomain) {
    /**
     * Takes a name apart.
     *
     * @throws DnsProviderException refused, if it isn't in the zone (the configuration's fault)
     */
    static Name of(String zone, String name) throws DnsProviderException {
      if (name.equals(zone)) {
        return new Name(zone, "");
      }
      if (!name.endsWith("." + zone)) {
        throw DnsProviderException.refused(
            name + " is not in the zone " + zone + "; check [dns] zones", null);
      }
      return new Name(zone, name.substring(0, name.length() - zone.length() - 1));
    }
  }
}
