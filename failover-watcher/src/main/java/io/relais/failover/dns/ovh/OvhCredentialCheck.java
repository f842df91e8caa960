package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import java.util.ArrayList;
import java.util.List;

/** Looks at what the credential is good for, as far as it may see that itself. */
final class OvhCredentialCheck {
  private static final String NAME = "OVH credential";

  private final OvhApi api;
  private final String zone;
  private final ImmutableSet<RecordKey> keys;

  OvhCredentialCheck(OvhApi api, String zone, ImmutableSet<RecordKey> keys) {
    this.api = api;
    this.zone = zone;
    this.keys = keys;
  }

  /** Adds what it found; false if the credential is good for nothing. */
  boolean run(List<Check> checks) throws InterruptedException {
    if (!api.hasConsumerKey()) {
      // Its rights are policies in OVH's IAM, which it may not read: what follows shows them.
      checks.add(Check.ok(NAME, "a service account, whose rights show in what follows"));
      return true;
    }
    try {
      JsonNode credential = api.get("/auth/currentCredential").json();
      List<String> warnings = warnings(credential);
      checks.add(
          warnings.isEmpty()
              ? Check.ok(NAME, "valid, without limit")
              : Check.warning(NAME, String.join("; ", warnings)));
      return true;
    } catch (OvhException e) {
      return judge(e, checks);
    }
  }

  private static boolean judge(OvhException e, List<Check> checks) {
    return switch (e.reason()) {
      case NOT_GRANTED, FORBIDDEN, NOT_FOUND -> {
        checks.add(
            Check.warning(
                NAME,
                "accepted, but it may not see its own limits; a key made by failover-watcher"
                    + " ovh-login may"));
        yield true;
      }
      // Good for the calls that matter, perhaps: they will show.
      case BAD_REQUEST, SERVER, NOT_THE_API, NO_ANSWER, THROTTLED, BUSY -> {
        checks.add(Check.warning(NAME, "" + e.getMessage()));
        yield true;
      }
      case INVALID_KEY,
          NOT_CREDENTIAL,
          INVALID_CREDENTIAL,
          INVALID_SIGNATURE,
          QUERY_TIME_OUT,
          UNAUTHORIZED,
          EXPIRED -> {
        checks.add(Check.failed(NAME, "" + e.getMessage()));
        yield false;
      }
    };
  }

  private List<String> warnings(JsonNode credential) {
    List<String> warnings = new ArrayList<>();
    String expiration = credential.path("expiration").asText("");
    if (!expiration.isEmpty()) {
      warnings.add(
          "it expires at "
              + expiration
              + ", make one of unlimited validity: failover-watcher"
              + " ovh-login");
    }
    if (!credential.path("allowedIPs").isEmpty()) {
      warnings.add(
          "it is only good from "
              + credential.path("allowedIPs")
              + ", but the backup's address changes: take the limit away");
    }
    ImmutableList<String> lacking = lacking(OvhRules.read(credential.path("rules")));
    if (!lacking.isEmpty()) {
      warnings.add(
          "it lacks "
              + String.join(", ", lacking)
              + "; make a new one: failover-watcher ovh-login");
    }
    return warnings;
  }

  private ImmutableList<String> lacking(ImmutableList<OvhRules.Rule> granted) {
    if (granted.isEmpty()) {
      return ImmutableList.of();
    }
    boolean several = keys.stream().anyMatch(key -> key.type() == RecordType.AAAA);
    return OvhRules.needed(ImmutableSet.of(zone), several).stream()
        .filter(rule -> granted.stream().noneMatch(other -> other.covers(rule)))
        .map(OvhRules.Rule::toString)
        .collect(ImmutableList.toImmutableList());
  }
}
