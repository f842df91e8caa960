package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Looks at what the credential is good for, as far as it may see that itself. */
final class OvhCredentialCheck {
  private static final String NAME = "OVH credential";

  private final OvhApi api;
  private final String zone;

  /** What a consumer key may do; none where it can't be seen. */
  private ImmutableList<OvhRules.Rule> granted = ImmutableList.of();

  OvhCredentialCheck(OvhApi api, String zone) {
    this.api = api;
    this.zone = zone;
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
      granted = OvhRules.read(credential.path("rules"));
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
    lacking(OvhRules.needed(ImmutableSet.of(zone), false)).ifPresent(warnings::add);
    return warnings;
  }

  /**
   * Adds whether records may come and go, which a switch needs where there is or will be an AAAA
   * record, or more than one address, or none.
   */
  void addingAndRemoving(List<Check> checks) {
    if (granted.isEmpty()) {
      return;
    }
    String name = "OVH right to add and remove records";
    checks.add(
        lacking(OvhRules.needed(ImmutableSet.of(zone), true))
            .map(lacks -> Check.warning(name, lacks))
            .orElseGet(() -> Check.ok(name, "granted")));
  }

  private Optional<String> lacking(ImmutableList<OvhRules.Rule> needed) {
    if (granted.isEmpty()) {
      return Optional.empty();
    }
    String lacks =
        needed.stream()
            .filter(rule -> granted.stream().noneMatch(other -> other.covers(rule)))
            .map(OvhRules.Rule::toString)
            .collect(Collectors.joining(", "));
    return lacks.isEmpty()
        ? Optional.empty()
        : Optional.of("the key lacks " + lacks + "; make a new one: failover-watcher ovh-login");
  }
}
