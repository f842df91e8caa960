package io.relais.failover.dyndns;

import com.google.common.collect.ImmutableList;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * In what the services that speak dyndns2 differ.
 *
 * @param together whether one request takes the addresses of both families, separated by a comma.
 *     Most do, and some (deSEC) take the record of a family away that a request does not name:
 *     https://desec.readthedocs.io/en/latest/dyndns/update-api.html,
 *     https://developer.noip.com/ddns-integration/get_nic_update/. OVH takes one:
 *     https://github.com/ovh/docs, guide dns_dynhost
 * @param refreshAfter when an unchanged name has to be set again. Free names of No-IP and others
 *     end after 30 days without
 */
record Service(boolean together, Optional<Duration> refreshAfter) {
  static final Service OVH = new Service(false, Optional.empty());
  static final Service OTHER = new Service(true, Optional.of(Duration.ofDays(28)));

  private static final ImmutableList<String> OVH_DOMAINS =
      ImmutableList.of("ovhapis.com", "ovh.com", "ovh.net", "ovhcloud.com");

  static Service of(URI url) {
    String host = url.getHost().toLowerCase(Locale.ROOT);
    return OVH_DOMAINS.stream()
            .anyMatch(domain -> host.equals(domain) || host.endsWith("." + domain))
        ? OVH
        : OTHER;
  }
}
