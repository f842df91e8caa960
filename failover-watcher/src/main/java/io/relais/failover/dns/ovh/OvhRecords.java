package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.api.Json;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records of a zone, one call each. For one thread. */
final class OvhRecords {
  private static final Logger log = LoggerFactory.getLogger(OvhRecords.class);

  private final OvhApi api;
  private final ImmutableMap<RecordKey, Long> hints;
  private final Set<RecordKey> warned = new HashSet<>();

  OvhRecords(OvhApi api, ImmutableMap<RecordKey, Long> hints) {
    this.api = api;
    this.hints = hints;
  }

  /**
   * All records of some names and types.
   *
   * @throws DnsProviderException conflict, if a name is an alias, or a record holds no address
   */
  ImmutableMap<RecordKey, ImmutableList<OvhRecord>> find(String zone, ImmutableSet<RecordKey> keys)
      throws OvhException, DnsProviderException, InterruptedException {
    Map<RecordKey, ImmutableList<OvhRecord>> found = new LinkedHashMap<>();
    Set<String> seen = new HashSet<>();
    for (RecordKey key : keys) {
      ImmutableList<OvhRecord> records = find(OvhRecord.Name.of(zone, key.name()), key);
      found.put(key, records);
      if (!records.isEmpty()) {
        seen.add(key.name());
      }
    }
    for (RecordKey key : keys) {
      // A name with an address can't be an alias (RFC 1034, section 3.6.2).
      if (seen.add(key.name())) {
        requireNoAlias(OvhRecord.Name.of(zone, key.name()), key.name());
      }
    }
    return ImmutableMap.copyOf(found);
  }

  private ImmutableList<OvhRecord> find(OvhRecord.Name name, RecordKey key)
      throws OvhException, DnsProviderException, InterruptedException {
    ImmutableList.Builder<OvhRecord> records = ImmutableList.builder();
    for (long id : ids(name, key)) {
      Optional<JsonNode> json = get(name, id);
      if (json.isPresent() && OvhRecord.matches(json.get(), name, key.type().name())) {
        records.add(read(json.get(), key));
      }
    }
    ImmutableList<OvhRecord> found = records.build();
    warnOfStaleHint(key, found);
    return found;
  }

  /**
   * The candidates. The list is always asked for, even if the user names an id: there may be a
   * second record next to it, and then half of the visitors would stay behind. The id serves where
   * the key has no right to list, as one made for a single record.
   */
  private ImmutableList<Long> ids(OvhRecord.Name name, RecordKey key)
      throws OvhException, InterruptedException {
    try {
      return list(name, key.type().name());
    } catch (OvhException e) {
      Long hint = hints.get(key);
      if (e.reason() != OvhException.Reason.NOT_GRANTED || hint == null || !isOf(name, key, hint)) {
        throw e;
      }
      return ImmutableList.of(hint);
    }
  }

  private boolean isOf(OvhRecord.Name name, RecordKey key, long id)
      throws OvhException, InterruptedException {
    return get(name, id)
        .filter(json -> OvhRecord.matches(json, name, key.type().name()))
        .isPresent();
  }

  private void warnOfStaleHint(RecordKey key, ImmutableList<OvhRecord> found) {
    Long hint = hints.get(key);
    if (hint == null || found.stream().anyMatch(record -> record.id() == hint)) {
      warned.remove(key);
    } else if (warned.add(key)) {
      log.warn(
          "id {} is not a record of {}: found by name and type instead; correct [dns.ovh] ids",
          hint,
          key);
    }
  }

  private void requireNoAlias(OvhRecord.Name name, String absolute)
      throws OvhException, DnsProviderException, InterruptedException {
    ImmutableList<Long> candidates;
    try {
      candidates = list(name, "CNAME");
    } catch (OvhException e) {
      if (e.reason() == OvhException.Reason.NOT_GRANTED) {
        return; // Known by its id alone, so it is not an alias.
      }
      throw e;
    }
    for (long id : candidates) {
      Optional<JsonNode> json = get(name, id);
      if (json.isPresent() && OvhRecord.matches(json.get(), name, "CNAME")) {
        throw DnsProviderException.alias(absolute, json.get().path("target").asText(""));
      }
    }
  }

  private ImmutableList<Long> list(OvhRecord.Name name, String type)
      throws OvhException, InterruptedException {
    OvhApi.Response response =
        api.get(
            OvhApi.zonePath(name.zone())
                + "/record?fieldType="
                + type
                + "&subDomain="
                + OvhApi.encoded(name.subDomain()));
    ImmutableList.Builder<Long> ids = ImmutableList.builder();
    for (JsonNode id : response.json()) {
      if (!id.isIntegralNumber() || !id.canConvertToLong()) {
        throw api.unreadable(response);
      }
      ids.add(id.asLong());
    }
    if (!response.json().isArray()) {
      throw api.unreadable(response);
    }
    return ImmutableList.sortedCopyOf(ids.build());
  }

  /** One record; empty if it is not, or no longer, there. */
  private Optional<JsonNode> get(OvhRecord.Name name, long id)
      throws OvhException, InterruptedException {
    try {
      OvhApi.Response response = api.get(path(name.zone(), id));
      if (!response.json().isObject() || response.json().path("id").asLong(-1) != id) {
        throw api.unreadable(response);
      }
      return Optional.of(response.json());
    } catch (OvhException e) {
      if (e.reason() == OvhException.Reason.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static OvhRecord read(JsonNode json, RecordKey key) throws DnsProviderException {
    Optional<OvhRecord> record = OvhRecord.read(json, key);
    if (record.isEmpty()) {
      throw DnsProviderException.conflict(
          "record "
              + json.path("id").asLong()
              + " of "
              + key
              + " holds no address but "
              + Printable.quoted(json.path("target").asText(""))
              + "; correct it at OVH");
    }
    return record.get();
  }

  /** Gives a record another address and TTL, or the same again. */
  void put(String zone, OvhRecord record, String value, long ttl)
      throws OvhException, InterruptedException {
    ObjectNode body = Json.object();
    body.put("subDomain", record.subDomain()).put("target", value).put("ttl", ttl);
    api.put(path(zone, record.id()), body.toString());
  }

  /** Adds a record; sent twice it adds two. */
  void post(String zone, RecordKey key, String value, long ttl)
      throws OvhException, DnsProviderException, InterruptedException {
    ObjectNode body = Json.object();
    body.put("fieldType", key.type().name())
        .put("subDomain", OvhRecord.Name.of(zone, key.name()).subDomain())
        .put("target", value)
        .put("ttl", ttl);
    api.post(OvhApi.zonePath(zone) + "/record", body.toString());
  }

  /** Removes a record; one that is gone already is well. */
  void delete(String zone, long id) throws OvhException, InterruptedException {
    try {
      api.delete(path(zone, id));
    } catch (OvhException e) {
      if (e.reason() != OvhException.Reason.NOT_FOUND) {
        throw e;
      }
    }
  }

  private static String path(String zone, long id) {
    return OvhApi.zonePath(zone) + "/record/" + id;
  }
}
