package io.relais.failover.dns.cloudflare;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.TimeText;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.cloudflare.CloudflareRecords.ZoneRecords;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at everything that a change needs. For one thread at a time. */
final class CloudflareSelfCheck {
  private static final String TOKEN = "Cloudflare token";
  private static final String RIGHT = "Cloudflare right to change records";
  private static final String TOKENS = "https://dash.cloudflare.com/profile/api-tokens";
  private static final String NEW_TOKEN =
      "make a new one at " + TOKENS + ", and write it into token_file";
  private static final String EDIT = "#dns_records:edit";

  private final CloudflareApi api;
  private final CloudflareZoneLookup zones;
  private final CloudflareRecords records;
  private final InstantSource clock;

  CloudflareSelfCheck(
      CloudflareApi api,
      CloudflareZoneLookup zones,
      CloudflareRecords records,
      InstantSource clock) {
    this.api = api;
    this.zones = zones;
    this.records = records;
    this.clock = clock;
  }

  ImmutableList<Check> run(String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
      throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    Optional<JsonNode> details = details(zone, checks);
    checks.addFirst(token(details));
    Optional<Tried> tried = Optional.empty();
    for (RecordKey key : keys) {
      Optional<Tried> found = record(zone, key, checks);
      tried = tried.or(() -> found);
    }
    checks.add(right(zone, details, questionsOnly ? Optional.empty() : tried));
    return ImmutableList.copyOf(checks);
  }

  /** A record that can be overwritten with what it holds. */
  private record Tried(RecordKey key, CloudflareRecord record) {}

  private Optional<JsonNode> details(String zone, List<Check> checks) throws InterruptedException {
    String name = "Cloudflare zone " + zone;
    try {
      Optional<JsonNode> details = zones.details(zone);
      checks.add(
          details
              .map(json -> state(name, zone, json))
              .orElseGet(
                  () ->
                      Check.unknown(
                          name,
                          "the token may not see its state; the permission Zone / Zone / Read"
                              + " shows it")));
      return details;
    } catch (CloudflareException e) {
      checks.add(Check.of(name, e.toProvider()));
    } catch (DnsProviderException e) {
      checks.add(Check.of(name, e));
    }
    return Optional.empty();
  }

  private static Check state(String name, String zone, JsonNode json) {
    if (!json.path("name").asText("").equals(zone)) {
      return Check.failed(
          name,
          "its id in [dns.cloudflare] zone_ids is that of the zone "
              + Printable.quoted(json.path("name").asText(""))
              + "; correct it");
    }
    if (json.path("type").asText("").equals("secondary")) {
      return Check.failed(
          name,
          "it is a secondary zone, whose records only its primary changes; change them there");
    }
    if (!CloudflareZoneLookup.isActive(json)) {
      return Check.failed(
          name,
          "its status is "
              + Printable.quoted(json.path("status").asText(""))
              + ", so visitors don't ask Cloudflare; let the registrar name Cloudflare's servers");
    }
    return json.path("paused").asBoolean(false)
        ? Check.warning(
            name, "active, but paused: nothing is proxied, whatever its records say; resume it")
        : Check.ok(name, "active");
  }

  /** A token of an account's is unknown where those of users are asked about. */
  private Check token(Optional<JsonNode> zone) throws InterruptedException {
    try {
      return judged(api.get("/user/tokens/verify"));
    } catch (CloudflareException e) {
      String account = zone.map(json -> json.path("account").path("id").asText("")).orElse("");
      if (!e.isDenied() || !account.matches("[A-Za-z0-9]{1,64}")) {
        return Check.of(TOKEN, e.toProvider());
      }
      return ofAccount(account);
    }
  }

  /** Good for the zone, as was seen; perhaps not to look at itself. */
  private Check ofAccount(String account) throws InterruptedException {
    try {
      return judged(api.get("/accounts/" + account + "/tokens/verify"));
    } catch (CloudflareException e) {
      return e.isDenied()
          ? Check.unknown(TOKEN, "accepted, but it may not see when it ends")
          : Check.of(TOKEN, e.toProvider());
    }
  }

  private Check judged(JsonNode token) {
    String status = token.path("status").asText("");
    if (!status.equals("active")) {
      return Check.failed(TOKEN, "its status is " + Printable.quoted(status) + "; " + NEW_TOKEN);
    }
    String end = token.path("expires_on").asText("");
    if (end.isEmpty()) {
      return Check.ok(TOKEN, "active, without end");
    }
    try {
      return ending(OffsetDateTime.parse(end).toInstant());
    } catch (DateTimeException e) {
      return Check.warning(TOKEN, "active, until a time of unknown form: " + Printable.quoted(end));
    }
  }

  private Check ending(Instant end) {
    Instant now = clock.instant();
    if (!end.isAfter(now)) {
      return Check.failed(TOKEN, "it expired at " + TimeText.of(end) + "; " + NEW_TOKEN);
    }
    if (!end.isAfter(now.plus(Check.EXPIRY_NOTICE))) {
      return Check.warning(
          TOKEN,
          "it expires at %s; give it a later end, or none, at %s"
              .formatted(TimeText.of(end), TOKENS));
    }
    return Check.ok(TOKEN, "active until " + TimeText.of(end));
  }

  private Optional<Tried> record(String zone, RecordKey key, List<Check> checks)
      throws InterruptedException {
    String name = "Cloudflare record " + key;
    try {
      ZoneRecords found = records.find(zone, ImmutableSet.of(key));
      checks.add(Check.ok(name, describe(key, found)));
      return found.of(key).stream().findFirst().map(record -> new Tried(key, record));
    } catch (CloudflareException e) {
      checks.add(Check.of(name, e.toProvider()));
    } catch (DnsProviderException e) {
      checks.add(Check.of(name, e));
    }
    return Optional.empty();
  }

  private static String describe(RecordKey key, ZoneRecords found) {
    boolean automatic =
        found.of(key).stream().anyMatch(record -> record.ttl() == CloudflareRecord.AUTOMATIC);
    return CloudflareZone.set(key, found)
        + (automatic ? " (automatic)" : "")
        + (found.proxied().contains(key.name())
            ? ", proxied: Cloudflare's servers answer with its own addresses, so that a switch is"
                + " done is taken from its API, and the TTL does not delay it"
            : "");
  }

  /** By what the API says of the token; otherwise by writing what is there already. */
  private Check right(String zone, Optional<JsonNode> details, Optional<Tried> tried)
      throws InterruptedException {
    ImmutableSet<String> permissions =
        details
            .map(
                json ->
                    json.path("permissions")
                        .valueStream()
                        .map(JsonNode::asText)
                        .collect(toImmutableSet()))
            .orElse(ImmutableSet.of());
    if (permissions.contains(EDIT)) {
      return Check.ok(RIGHT, "granted");
    }
    if (tried.isEmpty()) {
      return Check.unknown(RIGHT, "Cloudflare does not say, and nothing is written to find out");
    }
    CloudflareRecord record = tried.get().record();
    try {
      records.overwrite(zone, tried.get().key(), record, record.value(), record.ttl());
      return Check.ok(RIGHT, "overwrote a record with what it held");
    } catch (CloudflareException e) {
      return Check.of(RIGHT, e.toProvider());
    } catch (DnsProviderException e) {
      return Check.of(RIGHT, e);
    }
  }
}
