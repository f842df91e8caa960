package io.relais.failover.dns.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.dns.DnsProviderException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which zone is meant by a name. For one thread at a time. */
final class CloudflareZoneLookup {
  private final CloudflareApi api;
  private final ImmutableMap<String, String> configured;
  private final Map<String, String> found = new HashMap<>();

  CloudflareZoneLookup(CloudflareApi api, ImmutableMap<String, String> configured) {
    this.api = api;
    this.configured = configured;
  }

  /**
   * The path of a zone, looked up once.
   *
   * @throws DnsProviderException refused, if the token sees no such zone
   */
  String path(String zone) throws CloudflareException, DnsProviderException, InterruptedException {
    String id = configured.getOrDefault(zone, found.get(zone));
    if (id == null) {
      id = look(zone).path("id").asText("");
      found.put(zone, id);
    }
    return "/zones/" + id;
  }

  /** Looks a zone up again the next time: it may have been taken away and made again. */
  void forget(String zone) {
    found.remove(zone);
  }

  /**
   * What Cloudflare says of a zone: its status, whether it is paused, what the token may do.
   *
   * @return empty if the token may not see that, and the zone's id is configured
   */
  Optional<JsonNode> details(String zone)
      throws CloudflareException, DnsProviderException, InterruptedException {
    if (!configured.containsKey(zone)) {
      return Optional.of(look(zone));
    }
    try {
      return Optional.of(api.get(path(zone)));
    } catch (CloudflareException e) {
      if (e.reason() == CloudflareException.Reason.FORBIDDEN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private JsonNode look(String zone)
      throws CloudflareException, DnsProviderException, InterruptedException {
    ImmutableList<JsonNode> zones =
        api.list("/zones?name=" + zone).stream()
            .filter(json -> json.path("name").asText("").equals(zone))
            .filter(json -> json.path("id").asText("").matches("[A-Za-z0-9]{1,64}"))
            .collect(ImmutableList.toImmutableList());
    // Somebody else may have added the same name to an account, without being its owner.
    Optional<JsonNode> active = zones.stream().filter(CloudflareZoneLookup::isActive).findFirst();
    return active
        .or(() -> zones.stream().findFirst())
        .orElseThrow(
            () ->
                DnsProviderException.refused(
                    "Cloudflare shows no zone "
                        + zone
                        + " to this token; let the token cover the zone, with the permission Zone /"
                        + " Zone / Read, or write the zone's id into [dns.cloudflare] zone_ids",
                    null));
  }

  static boolean isActive(JsonNode zone) {
    return zone.path("status").asText("").equals("active");
  }
}
