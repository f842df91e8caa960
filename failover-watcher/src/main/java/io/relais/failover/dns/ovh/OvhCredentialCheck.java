package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.TimeText;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.api.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/**
 * Looks at the credential: whether it is accepted, until when, and what it may do. A consumer key
 * sees that itself, if its own rules let it ({@code GET /auth/currentCredential}); a service
 * account asks OVH's IAM about itself ({@code POST /iam/resource/{resourceURN}/authorization/check}
 * of API v2, which changes nothing).
 */
final class OvhCredentialCheck {
  private static final String NAME = "OVH credential";
  private static final ImmutableList<String> ACTIONS =
      ImmutableList.of(
          "dnsZone:apiovh:record/get",
          "dnsZone:apiovh:record/create",
          "dnsZone:apiovh:record/edit",
          "dnsZone:apiovh:record/delete",
          "dnsZone:apiovh:refresh");

  private final OvhApi api;
  private final String zone;

  OvhCredentialCheck(OvhApi api, String zone) {
    this.api = api;
    this.zone = zone;
  }

  /** Adds what it found; empty if the credential is good for nothing. */
  Optional<OvhGrants> run(List<Check> checks) throws InterruptedException {
    return api.hasConsumerKey() ? consumerKey(checks) : serviceAccount(checks);
  }

  private Optional<OvhGrants> consumerKey(List<Check> checks) throws InterruptedException {
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
      return Optional.of(new OvhGrants.Rules(OvhRules.read(credential.path("rules"))));
    } catch (OvhException e) {
      return unseen(
          e,
          "it is accepted, but lacks the right to see its own rights and its end (GET"
              + " /auth/currentCredential), so neither is checked; a key made by failover-watcher"
              + " ovh-login has it",
          checks);
    }
  }

  private Check validity(JsonNode credential) {
    String status = credential.path("status").asText("");
    if (!status.equals("validated")) {
      return Check.failed(
          NAME,
          "OVH says that the key is %s; make a new one: failover-watcher ovh-login"
              .formatted(Printable.quoted(status)));
    }
    String text = credential.path("expiration").asText("");
    if (text.isEmpty() || credential.path("expiration").isNull()) {
      return Check.ok(NAME, "accepted, and valid without limit");
    }
    try {
      return ending(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Check.warning(
          NAME, "it ends at %s, a time of unknown form".formatted(Printable.quoted(text)));
    }
  }

  private Check ending(Instant end) {
    Instant now = api.instant();
    if (!end.isAfter(now)) {
      return Check.failed(
          NAME,
          "the key expired at %s; make a new one: failover-watcher ovh-login"
              .formatted(TimeText.of(end)));
    }
    if (!end.isAfter(now.plus(Check.EXPIRY_NOTICE))) {
      return Check.warning(
          NAME,
          "the key expires at %s; make a new one of unlimited validity: failover-watcher ovh-login"
              .formatted(TimeText.of(end)));
    }
    return Check.ok(
        NAME,
        "accepted, and valid until %s; one of unlimited validity needs no renewal"
            .formatted(TimeText.of(end)));
  }

  private Optional<OvhGrants> serviceAccount(List<Check> checks) throws InterruptedException {
    String path = OvhName.zonePath(zone);
    try {
      String urn = api.get(path).json().path("iam").path("urn").asText("");
      if (urn.isEmpty()) {
        checks.add(Check.unknown(NAME, "a service account; OVH names no URN of the zone"));
        return Optional.of(new OvhGrants.Unseen(true, "OVH names no URN of the zone in its IAM"));
      }
      ObjectNode body = Json.object();
      ACTIONS.forEach(body.putArray("actions")::add);
      JsonNode said =
          api.post(
                  "v2/iam/resource/" + OvhName.encoded(urn) + "/authorization/check",
                  body.toString())
              .json();
      ImmutableSet.Builder<String> authorized = ImmutableSet.builder();
      said.path("authorizedActions").forEach(action -> authorized.add(action.asText()));
      checks.add(Check.ok(NAME, "a service account, accepted"));
      return Optional.of(new OvhGrants.Actions(authorized.build()));
    } catch (OvhException e) {
      return unseen(
          e,
          "it is accepted, but its rights can't be seen ("
              + e.getMessage()
              + "), so they are not checked; to see them it needs dnsZone:apiovh:get too",
          checks);
    }
  }

  /** What a failure to see the rights means for the credential itself. */
  private static Optional<OvhGrants> unseen(OvhException e, String refused, List<Check> checks) {
    return switch (e.reason()) {
      case NOT_GRANTED, FORBIDDEN, NOT_FOUND, BAD_REQUEST -> {
        checks.add(Check.unknown(NAME, refused));
        yield Optional.of(
            new OvhGrants.Unseen(
                true,
                "the credential may not see its own rights; failover-watcher drill --name tries"
                    + " them with a name made for that"));
      }
      // Good for the calls that matter, perhaps: they will show.
      case SERVER, NOT_THE_API, NO_ANSWER, THROTTLED, BUSY, QUERY_TIME_OUT -> {
        checks.add(Check.unanswered(NAME, "" + e.getMessage()));
        yield Optional.of(new OvhGrants.Unseen(false, "OVH did not say what is granted"));
      }
      case INVALID_KEY,
          NOT_CREDENTIAL,
          INVALID_CREDENTIAL,
          INVALID_SIGNATURE,
          UNAUTHORIZED,
          EXPIRED -> {
        checks.add(Check.failed(NAME, "" + e.getMessage()));
        yield Optional.empty();
      }
    };
  }
}
