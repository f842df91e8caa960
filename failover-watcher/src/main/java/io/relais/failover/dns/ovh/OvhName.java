package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.failover.dns.DnsProviderException;
import java.net.URLEncoder;

/**
 * A name as the API takes it apart.
 *
 * @param subDomain what stands before the zone; empty for the zone's own name
 */
record OvhName(String zone, String subDomain) {
  /**
   * Takes a name apart.
   *
   * @throws DnsProviderException refused, if it isn't in the zone (the configuration's fault)
   */
  static OvhName of(String zone, String name) throws DnsProviderException {
    if (name.equals(zone)) {
      return new OvhName(zone, "");
    }
    if (!name.endsWith("." + zone)) {
      throw DnsProviderException.refused(
          name + " is not in the zone " + zone + "; check [dns] zones", null);
    }
    return new OvhName(zone, name.substring(0, name.length() - zone.length() - 1));
  }

  /** Percent-encoded for a path or a query (RFC 3986). */
  static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  static String zonePath(String zone) {
    return "/domain/zone/" + encoded(zone);
  }
}
