package io.relais.failover.dns.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.api.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The records of zones. For one thread at a time. */
final class CloudflareRecords {
  private final CloudflareApi api;
  private final CloudflareZoneLookup zones;

  CloudflareRecords(CloudflareApi api, CloudflareZoneLookup zones) {
    this.api = api;
    this.zones = zones;
  }

  /**
   * What was found at some names.
   *
   * @param proxied the names with a record that is proxied, whatever its type: Cloudflare then
   *     answers for all of the name's addresses
   */
  record ZoneRecords(
      ImmutableMap<RecordKey, ImmutableList<CloudflareRecord>> records,
      ImmutableSet<String> proxied) {
    ImmutableList<CloudflareRecord> of(RecordKey key) {
      return records.getOrDefault(key, ImmutableList.of());
    }
  }

  /**
   * All records of some names and types.
   *
   * @throws DnsProviderException conflict, if a name is an alias, or a record holds no address
   */
  ZoneRecords find(String zone, ImmutableSet<RecordKey> keys)
      throws CloudflareException, DnsProviderException, InterruptedException {
    ImmutableMap.Builder<RecordKey, ImmutableList<CloudflareRecord>> records =
        ImmutableMap.builder();
    ImmutableSet.Builder<String> proxied = ImmutableSet.builder();
    ImmutableSet<String> names =
        keys.stream().map(RecordKey::name).collect(ImmutableSet.toImmutableSet());
    for (String name : names) {
      ImmutableList<JsonNode> all = at(zone, name);
      requireNoAlias(name, all);
      if (all.stream().anyMatch(CloudflareRecord::isProxied)) {
        proxied.add(name);
      }
      for (RecordKey key : keys) {
        if (key.name().equals(name)) {
          records.put(key, read(all, key));
        }
      }
    }
    return new ZoneRecords(records.buildOrThrow(), proxied.build());
  }

  private ImmutableList<JsonNode> at(String zone, String name)
      throws CloudflareException, DnsProviderException, InterruptedException {
    if (!name.equals(zone) && !name.endsWith("." + zone)) {
      throw DnsProviderException.refused(
          name + " is not in the zone " + zone + "; check [dns] zones", null);
    }
    try {
      return api.list(zones.path(zone) + "/dns_records?name=" + name).stream()
          .filter(json -> CloudflareRecord.isOf(json, name))
          .collect(ImmutableList.toImmutableList());
    } catch (CloudflareException e) {
      if (e.reason() == CloudflareException.Reason.NOT_FOUND) {
        zones.forget(zone);
      }
      throw e;
    }
  }

  private static void requireNoAlias(String name, List<JsonNode> all) throws DnsProviderException {
    for (JsonNode json : all) {
      if (json.path("type").asText("").equals("CNAME")) {
        throw DnsProviderException.alias(name, json.path("content").asText(""));
      }
    }
  }

  private static ImmutableList<CloudflareRecord> read(List<JsonNode> all, RecordKey key)
      throws DnsProviderException {
    List<CloudflareRecord> records = new ArrayList<>();
    for (JsonNode json : all) {
      if (CloudflareRecord.isOf(json, key)) {
        records.add(
            CloudflareRecord.read(json, key)
                .orElseThrow(
                    () ->
                        DnsProviderException.conflict(
                            "a record of "
                                + key
                                + " holds no address but "
                                + Printable.quoted(json.path("content").asText(""))
                                + "; correct it at Cloudflare")));
      }
    }
    return ImmutableList.sortedCopyOf(Comparator.comparing(CloudflareRecord::id), records);
  }

  /** Gives a record another address and TTL, or the same again; proxied it stays, or not. */
  void overwrite(String zone, RecordKey key, CloudflareRecord record, String value, long ttl)
      throws CloudflareException, DnsProviderException, InterruptedException {
    ObjectNode body = body(key, value, ttl, record.proxied());
    api.send("PATCH", zones.path(zone) + "/dns_records/" + record.id(), body);
  }

  /** Adds a record; Cloudflare refuses one that is there already. */
  void add(String zone, RecordKey key, String value, long ttl, boolean proxied)
      throws CloudflareException, DnsProviderException, InterruptedException {
    api.send("POST", zones.path(zone) + "/dns_records", body(key, value, ttl, proxied));
  }

  private static ObjectNode body(RecordKey key, String value, long ttl, boolean proxied) {
    return Json.object()
        .put("type", key.type().name())
        .put("name", key.name())
        .put("content", value)
        .put("ttl", ttl)
        .put("proxied", proxied);
  }

  /** Removes a record; one that is gone already is well. */
  void remove(String zone, CloudflareRecord record)
      throws CloudflareException, DnsProviderException, InterruptedException {
    try {
      api.send("DELETE", zones.path(zone) + "/dns_records/" + record.id(), Json.missing());
    } catch (CloudflareException e) {
      if (e.reason() != CloudflareException.Reason.NOT_FOUND) {
        throw e;
      }
    }
  }
}
