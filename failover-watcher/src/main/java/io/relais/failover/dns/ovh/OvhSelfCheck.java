package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Clocks;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import java.time.Duration;
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
      Optional<OvhGrants> grants = new OvhCredentialCheck(api, zone).run(checks);
      if (grants.isPresent()) {
        rights(find(keys), grants.get());
        status();
      }
    }
    return ImmutableList.copyOf(checks);
  }

  private boolean reaches() throws InterruptedException {
    String name = "OVH API";
    try {
      Duration ahead = api.clock().ask().negated();
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
  private void rights(ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found, OvhGrants grants) {
    String path = OvhName.zonePath(zone) + "/record";
    ImmutableList.Builder<OvhRules.Rule> change = ImmutableList.builder();
    ImmutableList.Builder<OvhRules.Rule> remove = ImmutableList.builder();
    found.values().stream()
        .flatMap(List::stream)
        .forEach(
            record -> {
              change.add(new OvhRules.Rule("PUT", path + "/" + record.id()));
              remove.add(new OvhRules.Rule("DELETE", path + "/" + record.id()));
            });
    checks.add(grants.judge("OVH right to change records", change.build()));
    if (found.entrySet().stream().anyMatch(OvhSelfCheck::mayComeAndGo)) {
      checks.add(
          comeAndGo(
              found,
              grants.judge(
                  "OVH right to add and remove records",
                  remove.add(new OvhRules.Rule("POST", path)).build())));
    }
    checks.add(
        grants.judge(
            "OVH right to publish",
            ImmutableList.of(new OvhRules.Rule("POST", OvhName.zonePath(zone) + "/refresh"))));
  }

  /**
   * One address is overwritten by another; all else adds records, or takes them out. An AAAA record
   * does so if one side only has IPv6, which can't be seen from here.
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
    return judged.result() == Check.Result.FAILED && !needed
        ? Check.warning(
            judged.name(),
            judged.detail() + " (needed where production or the backup has no IPv6 address)")
        : judged;
  }

  /** Errors keep what a switch publishes from being served. */
  private void status() throws InterruptedException {
    String name = "OVH zone " + zone;
    try {
      JsonNode status = api.get(OvhName.zonePath(zone) + "/status").json();
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
                    + "; if that lasts longer than five minutes, see what OVH's manager says of it"));
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
    return check.result() == Check.Result.FAILED && e.reason() != OvhException.Reason.EXPIRED
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
