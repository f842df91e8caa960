package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tries everything that a switch needs. For one thread, once. */
final class OvhRehearsal {
  private static final Duration CLOCK_OFF = Duration.ofSeconds(30);
  private static final String NOT_TRIED = "not tried in a dry run";

  private final OvhApi api;
  private final OvhRecords records;
  private final String zone;
  private final boolean dryRun;
  private final List<Check> checks = new ArrayList<>();

  OvhRehearsal(OvhApi api, OvhRecords records, String zone, boolean dryRun) {
    this.api = api;
    this.records = records;
    this.zone = zone;
    this.dryRun = dryRun;
  }

  /** Stops where the rest could only fail for the same reason. */
  ImmutableList<Check> run(ImmutableSet<RecordKey> keys) throws InterruptedException {
    OvhCredentialCheck credential = new OvhCredentialCheck(api, zone);
    if (reaches() && credential.run(checks)) {
      ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found = find(keys);
      if (found.entrySet().stream().anyMatch(OvhRehearsal::comesAndGoes)) {
        credential.addingAndRemoving(checks);
      }
      Optional<Boolean> settled = isSettled();
      overwrite(found);
      publish(settled);
    }
    return ImmutableList.copyOf(checks);
  }

  /** One address is overwritten by another; all else adds records, or takes them out. */
  private static boolean comesAndGoes(Map.Entry<RecordKey, ImmutableList<OvhRecord>> set) {
    return set.getKey().type() == RecordType.AAAA || set.getValue().size() != 1;
  }

  private boolean reaches() throws InterruptedException {
    String name = "OVH API";
    try {
      Duration ahead = api.clock().ask();
      String detail = "reached; its clock is " + ahead.toSeconds() + " s ahead of this host's";
      checks.add(
          ahead.abs().compareTo(CLOCK_OFF) > 0
              ? Check.warning(name, detail + ", which calls allow for; run an NTP client here")
              : Check.ok(name, detail));
      return true;
    } catch (OvhException e) {
      checks.add(failed(name, e));
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
        checks.add(failed(name, e));
      } catch (DnsProviderException e) {
        checks.add(Check.failed(name, "" + e.getMessage()));
      }
    }
    return all.buildOrThrow();
  }

  private static String describe(RecordKey key, ImmutableList<OvhRecord> found) {
    return OvhZone.set(key, found)
        + (!found.isEmpty() && found.getFirst().ttl() == 0 ? " (the zone's default)" : "");
  }

  /** Whether publishing would show nothing but what is served already; empty if nobody can tell. */
  private Optional<Boolean> isSettled() throws InterruptedException {
    String name = "OVH zone " + zone;
    try {
      JsonNode status = api.get(OvhName.zonePath(zone) + "/status").json();
      boolean deployed = status.path("isDeployed").asBoolean(false);
      String problems = texts(status.path("errors")) + texts(status.path("warnings"));
      if (!deployed) {
        checks.add(
            Check.warning(
                name,
                "has changes that its name servers don't serve yet"
                    + problems
                    + "; if that lasts over five minutes, publish or undo them in OVH's manager"));
      } else if (!problems.isEmpty()) {
        checks.add(Check.warning(name, "OVH says" + problems + "; mend it in OVH's manager"));
      } else {
        checks.add(Check.ok(name, "served as it is stored"));
      }
      return Optional.of(deployed);
    } catch (OvhException e) {
      checks.add(Check.warning(name, "its state can't be seen: " + e.getMessage()));
      return Optional.empty();
    }
  }

  private static String texts(JsonNode list) {
    StringBuilder all = new StringBuilder();
    for (JsonNode text : list) {
      all.append(": ").append(Printable.cut(text.asText(), 200));
    }
    return all.toString();
  }

  private void overwrite(ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found)
      throws InterruptedException {
    String name = "OVH right to change records";
    if (dryRun) {
      checks.add(Check.ok(name, NOT_TRIED));
      return;
    }
    int written = 0;
    for (ImmutableList<OvhRecord> set : found.values()) {
      for (OvhRecord record : set) {
        try {
          records.put(zone, record, record.value(), record.ttl());
          written++;
        } catch (OvhException e) {
          checks.add(failed(name, e));
          return;
        }
      }
    }
    checks.add(
        written == 0
            ? Check.warning(name, "not tried: there is no record to overwrite with itself")
            : Check.ok(name, "overwrote " + written + " with what it held"));
  }

  private void publish(Optional<Boolean> settled) throws InterruptedException {
    String name = "OVH right to publish";
    if (dryRun) {
      checks.add(Check.ok(name, NOT_TRIED));
    } else if (settled.isEmpty()) {
      checks.add(
          Check.warning(
              name,
              "not tried: what somebody else began and did not publish can't be seen, and would be"
                  + " published too; grant GET "
                  + OvhName.zonePath(zone)
                  + "/status"));
    } else if (!settled.get()) {
      checks.add(
          Check.warning(name, "not tried: it would publish changes that somebody else began"));
    } else {
      refresh(name);
    }
  }

  private void refresh(String name) throws InterruptedException {
    try {
      api.post(OvhName.zonePath(zone) + "/refresh", "");
      checks.add(Check.ok(name, "published the zone as it is"));
    } catch (OvhException e) {
      checks.add(
          e.reason() == OvhException.Reason.BUSY
              ? Check.warning(name, "" + e.getMessage())
              : failed(name, e));
    }
  }

  private static Check failed(String name, OvhException e) {
    return Check.failed(name, "" + e.getMessage());
  }
}
