package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.TimeText;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Clocks;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.api.Json;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at everything that a switch needs, by calls that only read. A right is not tried by using
 * it: a PUT of what a record holds would undo what somebody changes at that moment, and a refresh
 * publishes whatever is stored. Whether something is stored that is not published can't be told:
 * all that the API has is {@code isDeployed}, "True if the zone has successfully been deployed"
 * (model {@code zone.Status} of <a href="https://eu.api.ovh.com/1.0/domain.json">its schema</a>),
 * which says nothing of edits after the last deployment. For one thread, once.
 */
final class OvhSelfCheck {
  private static final Duration CLOCK_OFF = Duration.ofSeconds(30);
  private static final String CREDENTIAL = "OVH credential";
  private static final ImmutableList<String> ACTIONS =
      ImmutableList.of(
          "dnsZone:apiovh:record/get",
          "dnsZone:apiovh:record/create",
          "dnsZone:apiovh:record/edit",
          "dnsZone:apiovh:record/delete",
          "dnsZone:apiovh:refresh");

  private final OvhApi api;
  private final OvhRecords records;
  private final String zone;
  private final List<Check> checks = new ArrayList<>();

  OvhSelfCheck(OvhApi api, OvhRecords records, String zone) {
    this.api = api;
    this.records = records;
    this.zone = zone;
  }

  /** Stops where the rest could only fail for the same reason. */
  ImmutableList<Check> run(ImmutableSet<RecordKey> keys) throws InterruptedException {
    if (reaches()) {
      Optional<OvhRights> rights = credential();
      if (rights.isPresent()) {
        rights(find(keys), rights.get());
        status();
      }
    }
    return ImmutableList.copyOf(checks);
  }

  private boolean reaches() throws InterruptedException {
    String name = "OVH API";
    try {
      Duration ahead = api.clockAhead().negated();
      checks.add(Check.ok(name, "reached"));
      String detail = Clocks.compared(ahead, "OVH's");
      checks.add(
          ahead.abs().compareTo(CLOCK_OFF) > 0
              ? Check.warning(
                  "OVH clock", detail + ", which calls allow for; run an NTP client on this host")
              : Check.ok("OVH clock", detail));
      return true;
    } catch (OvhException e) {
      checks.add(Check.of(name, e.toProvider()));
      return false;
    }
  }

  /**
   * Looks at the credential: whether it is accepted, until when, and what it may do. Empty if it is
   * good for nothing. A consumer key sees that itself, if its own rules let it ({@code GET
   * /auth/currentCredential}); a service account asks OVH's IAM about itself ({@code POST
   * /iam/resource/{resourceURN}/authorization/check} of API v2, which changes nothing).
   */
  private Optional<OvhRights> credential() throws InterruptedException {
    return api.hasConsumerKey() ? consumerKey() : serviceAccount();
  }

  private Optional<OvhRights> consumerKey() throws InterruptedException {
    try {
      JsonNode credential = api.get("/auth/currentCredential").json();
      checks.add(validity(credential));
      if (!credential.path("allowedIPs").isEmpty()) {
        checks.add(
            Check.unknown(
                "OVH credential's networks",
                "it is only good from "
                    + Printable.cut(credential.path("allowedIPs").toString(), 200)
                    + ": where this host's address changes it stops working, so take the limit"
                    + " away unless the address is fixed"));
      }
      return Optional.of(new OvhRights.Rules(OvhRights.read(credential.path("rules"))));
    } catch (OvhException e) {
      return unseen(
          e,
          "it is accepted, but lacks the right to see its own rights and its end (GET"
              + " /auth/currentCredential), so neither is checked; a key made by failover-watcher"
              + " ovh-login has it");
    }
  }

  private Check validity(JsonNode credential) {
    String status = credential.path("status").asText("");
    if (!status.equals("validated")) {
      return Check.failed(
          CREDENTIAL,
          "OVH says that the key is %s; make a new one: failover-watcher ovh-login"
              .formatted(Printable.quoted(status)));
    }
    String text = credential.path("expiration").asText("");
    if (text.isEmpty() || credential.path("expiration").isNull()) {
      return Check.ok(CREDENTIAL, "accepted, and valid without limit");
    }
    try {
      return ending(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Check.warning(
          CREDENTIAL, "it ends at %s, a time of unknown form".formatted(Printable.quoted(text)));
    }
  }

  private Check ending(Instant end) {
    Instant now = api.instant();
    if (!end.isAfter(now)) {
      return Check.failed(
          CREDENTIAL,
          "the key expired at %s; make a new one: failover-watcher ovh-login"
              .formatted(TimeText.of(end)));
    }
    if (!end.isAfter(now.plus(Check.EXPIRY_NOTICE))) {
      return Check.warning(
          CREDENTIAL,
          "the key expires at %s; make a new one of unlimited validity: failover-watcher ovh-login"
              .formatted(TimeText.of(end)));
    }
    return Check.ok(
        CREDENTIAL,
        "accepted, and valid until %s; one of unlimited validity needs no renewal"
            .formatted(TimeText.of(end)));
  }

  private Optional<OvhRights> serviceAccount() throws InterruptedException {
    String path = OvhApi.zonePath(zone);
    try {
      String urn = api.get(path).json().path("iam").path("urn").asText("");
      if (urn.isEmpty()) {
        checks.add(Check.unknown(CREDENTIAL, "a service account; OVH names no URN of the zone"));
        return Optional.of(new OvhRights.Unseen(true, "OVH names no URN of the zone in its IAM"));
      }
      ObjectNode body = Json.object();
      ACTIONS.forEach(body.putArray("actions")::add);
      JsonNode said =
          api.post(
                  "v2/iam/resource/" + OvhApi.encoded(urn) + "/authorization/check",
                  body.toString())
              .json();
      ImmutableSet.Builder<String> authorized = ImmutableSet.builder();
      said.path("authorizedActions").forEach(action -> authorized.add(action.asText()));
      checks.add(Check.ok(CREDENTIAL, "a service account, accepted"));
      return Optional.of(new OvhRights.Actions(authorized.build()));
    } catch (OvhException e) {
      return unseen(
          e,
          "it is accepted, but its rights can't be seen ("
              + e.getMessage()
              + "), so they are not checked; to see them it needs dnsZone:apiovh:get too");
    }
  }

  /** What a failure to see the rights means for the credential itself. */
  private Optional<OvhRights> unseen(OvhException e, String refused) {
    return switch (e.reason()) {
      case NOT_GRANTED, FORBIDDEN, NOT_FOUND, BAD_REQUEST -> {
        checks.add(Check.unknown(CREDENTIAL, refused));
        yield Optional.of(
            new OvhRights.Unseen(
                true,
                "the credential may not see its own rights; failover-watcher drill --name tries"
                    + " them with a name made for that"));
      }
      // Good for the calls that matter, perhaps: they will show.
      case SERVER, NOT_THE_API, NO_ANSWER, THROTTLED, BUSY, QUERY_TIME_OUT -> {
        checks.add(Check.unanswered(CREDENTIAL, "" + e.getMessage()));
        yield Optional.of(new OvhRights.Unseen(false, "OVH did not say what is granted"));
      }
      case INVALID_KEY,
          NOT_CREDENTIAL,
          INVALID_CREDENTIAL,
          INVALID_SIGNATURE,
          UNAUTHORIZED,
          EXPIRED -> {
        checks.add(Check.failed(CREDENTIAL, "" + e.getMessage()));
        yield Optional.empty();
      }
    };
  }

  private ImmutableMap<RecordKey, ImmutableList<OvhRecord>> find(ImmutableSet<RecordKey> keys)
      throws InterruptedException {
    ImmutableMap.Builder<RecordKey, ImmutableList<OvhRecord>> all = ImmutableMap.builder();
    for (RecordKey key : keys) {
      String name = "OVH record " + key;
      try {
        ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found =
            records.find(zone, ImmutableSet.of(key));
        all.putAll(found);
        checks.add(Check.ok(name, describe(key, found.getOrDefault(key, ImmutableList.of()))));
      } catch (OvhException e) {
        checks.add(Check.of(name, e.toProvider()));
      } catch (DnsProviderException e) {
        checks.add(Check.of(name, e));
      }
    }
    return all.buildOrThrow();
  }

  private static String describe(RecordKey key, ImmutableList<OvhRecord> found) {
    return OvhZone.set(key, found)
        + (!found.isEmpty() && found.getFirst().ttl() == 0 ? " (the zone's default)" : "");
  }

  /** Of exactly the calls that a switch of these records makes. */
  private void rights(ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found, OvhRights rights) {
    String path = OvhApi.zonePath(zone) + "/record";
    ImmutableList.Builder<OvhRights.Rule> change = ImmutableList.builder();
    ImmutableList.Builder<OvhRights.Rule> remove = ImmutableList.builder();
    found.values().stream()
        .flatMap(List::stream)
        .forEach(
            record -> {
              change.add(new OvhRights.Rule("PUT", path + "/" + record.id()));
              remove.add(new OvhRights.Rule("DELETE", path + "/" + record.id()));
            });
    checks.add(rights.judge("OVH right to change records", change.build()));
    if (found.entrySet().stream().anyMatch(OvhSelfCheck::mayComeAndGo)) {
      checks.add(
          comeAndGo(
              found,
              rights.judge(
                  "OVH right to add and remove records",
                  remove.add(new OvhRights.Rule("POST", path)).build())));
    }
    checks.add(
        rights.judge(
            "OVH right to publish",
            ImmutableList.of(new OvhRights.Rule("POST", OvhApi.zonePath(zone) + "/refresh"))));
  }

  /**
   * One address is overwritten by another; everything else adds records, or takes them out. An AAAA
   * record does so if one side only has IPv6, which can't be seen from here.
   */
  private static boolean mayComeAndGo(Map.Entry<RecordKey, ImmutableList<OvhRecord>> set) {
    return set.getKey().type() == RecordType.AAAA || comesAndGoes(set);
  }

  private static boolean comesAndGoes(Map.Entry<RecordKey, ImmutableList<OvhRecord>> set) {
    boolean six = set.getKey().type() == RecordType.AAAA;
    return set.getValue().size() > 1 || (!six && set.getValue().isEmpty());
  }

  /** Where it may not be needed, its lack need not be a failure. */
  private static Check comeAndGo(
      ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found, Check judged) {
    boolean needed = found.entrySet().stream().anyMatch(OvhSelfCheck::comesAndGoes);
    return judged.result() == Check.Status.FAILED && !needed
        ? Check.warning(
            judged.name(),
            judged.detail() + " (needed where production or the backup has no IPv6 address)")
        : judged;
  }

  /** Errors keep what a switch publishes from being served. */
  private void status() throws InterruptedException {
    String name = "OVH zone " + zone;
    try {
      JsonNode status = api.get(OvhApi.zonePath(zone) + "/status").json();
      String errors = texts(status.path("errors"));
      String warnings = texts(status.path("warnings"));
      if (!errors.isEmpty()) {
        checks.add(
            Check.failed(name, "OVH reports errors" + errors + "; fix them in OVH's manager"));
      } else if (!status.path("isDeployed").asBoolean(false)) {
        checks.add(
            Check.warning(
                name,
                "it is not deployed at OVH's name servers"
                    + warnings
                    + "; if that lasts longer than five minutes, see what OVH's manager says of"
                    + " it"));
      } else if (!warnings.isEmpty()) {
        checks.add(Check.warning(name, "OVH warns" + warnings + "; fix it in OVH's manager"));
      } else {
        checks.add(Check.ok(name, "deployed, without errors"));
      }
    } catch (OvhException e) {
      checks.add(unseen(name, e));
    }
  }

  /** A switch does not need to see it. */
  private static Check unseen(String name, OvhException e) {
    Check check = Check.of(name, e.toProvider());
    return check.result() == Check.Status.FAILED && e.reason() != OvhException.Reason.EXPIRED
        ? Check.unknown(name, "its status can't be seen: " + e.getMessage())
        : check;
  }

  private static String texts(JsonNode list) {
    StringBuilder all = new StringBuilder();
    for (JsonNode text : list) {
      all.append(": ").append(Printable.cut(text.asText(), 200));
    }
    return all.toString();
  }
}
