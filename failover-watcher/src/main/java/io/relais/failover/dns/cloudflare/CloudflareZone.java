package io.relais.failover.dns.cloudflare;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.api.RecordPlan;
import io.relais.failover.dns.api.RecordPlan.Step;
import io.relais.failover.dns.cloudflare.CloudflareRecords.ZoneRecords;
import io.relais.failover.net.HttpCaller;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * A zone at Cloudflare. What is applied is served at once. Each call has the timeout of the
 * settings. A proxied record stays proxied, and what is put next to it is proxied too: visitors of
 * such a name are sent to Cloudflare, which asks the address in the record for them. For one thread
 * at a time.
 */
public final class CloudflareZone implements DnsProvider {
  private static final String NAME = "Cloudflare";

  private final CloudflareZoneLookup zones;
  private final CloudflareRecords records;
  private final CloudflareSelfCheck check;

  private CloudflareZone(
      CloudflareZoneLookup zones, CloudflareRecords records, CloudflareSelfCheck check) {
    this.zones = zones;
    this.records = records;
    this.check = check;
  }

  /**
   * Connects to nothing yet.
   *
   * @param clock this host's
   */
  public static CloudflareZone of(
      CloudflareSettings settings, HttpCaller caller, InstantSource clock) {
    CloudflareApi api = new CloudflareApi(settings, caller, clock);
    CloudflareZoneLookup zones = new CloudflareZoneLookup(api, settings.zoneIds());
    CloudflareRecords records = new CloudflareRecords(api, zones);
    return new CloudflareZone(zones, records, new CloudflareSelfCheck(api, zones, records, clock));
  }

  @Override
  public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    try {
      ZoneRecords found = records.find(zone, keys);
      return keys.stream().map(key -> set(key, found)).collect(toImmutableList());
    } catch (CloudflareException e) {
      throw e.toProvider();
    }
  }

  /** Cloudflare keeps a TTL for each record; of different ones the smallest is the set's. */
  static RrSet set(RecordKey key, ZoneRecords found) {
    ImmutableList<CloudflareRecord> of = found.of(key);
    long ttl = of.stream().mapToLong(CloudflareRecord::seconds).min().orElse(0);
    return RrSet.of(
        key, Duration.ofSeconds(ttl), of.stream().map(CloudflareRecord::value).toList());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Reads first, each time: a call whose answer was lost is never sent again blindly. A TTL is
   * brought into what Cloudflare takes, 60 s to a day; a proxied record has only the automatic one.
   */
  @Override
  public void apply(ZoneChange change) throws DnsProviderException, InterruptedException {
    try {
      ZoneRecords found = records.find(change.zone(), change.keys());
      ImmutableList<Step<CloudflareRecord>> steps = plan(change, found);
      for (Step<CloudflareRecord> step : steps) {
        carryOut(change, step, found);
      }
      if (!steps.isEmpty() && !plan(change, records.find(change.zone(), change.keys())).isEmpty()) {
        throw DnsProviderException.retry(
            NAME + ": the records of " + change.zone() + " aren't what was just written", null);
      }
    } catch (CloudflareException e) {
      throw e.toProvider();
    }
  }

  private static ImmutableList<Step<CloudflareRecord>> plan(ZoneChange change, ZoneRecords found)
      throws DnsProviderException {
    return RecordPlan.of(
        change,
        found.records(),
        (key, ttl) -> CloudflareRecord.effective(ttl, found.proxied().contains(key.name())));
  }

  private void carryOut(ZoneChange change, Step<CloudflareRecord> step, ZoneRecords found)
      throws DnsProviderException, InterruptedException {
    String zone = change.zone();
    try {
      switch (step) {
        case Step.Overwrite<CloudflareRecord> patch -> overwrite(zone, patch);
        case Step.Add<CloudflareRecord> post ->
            records.add(
                zone,
                post.key(),
                post.value(),
                post.ttl(),
                found.proxied().contains(post.key().name()));
        case Step.Remove<CloudflareRecord> delete -> records.remove(zone, delete.record());
      }
    } catch (CloudflareException e) {
      throw e.writing();
    }
  }

  /** {@inheritDoc} It refuses a second equal record, but a late request may change one. */
  @Override
  public boolean holds(ZoneChange change) throws DnsProviderException, InterruptedException {
    try {
      return RecordPlan.holds(change, records.find(change.zone(), change.keys()).records());
    } catch (CloudflareException e) {
      throw e.toProvider();
    }
  }

  /** A record that is gone since it was read will be found gone at the next try. */
  private void overwrite(String zone, Step.Overwrite<CloudflareRecord> patch)
      throws CloudflareException, DnsProviderException, InterruptedException {
    try {
      records.overwrite(zone, patch.key(), patch.record(), patch.value(), patch.ttl());
    } catch (CloudflareException e) {
      if (e.reason() != CloudflareException.Reason.NOT_FOUND) {
        throw e;
      }
      throw DnsProviderException.retry(
          NAME + ": a record of " + patch.key() + " is gone since it was read", e);
    }
  }

  /** Nothing to do: Cloudflare serves what it took. */
  @Override
  public void publish(String zone) {}

  /**
   * {@inheritDoc}
   *
   * <p>Not while the zone is paused, or not active yet: then Cloudflare answers with what the
   * records hold.
   */
  @Override
  public ImmutableSet<String> proxied(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    try {
      ImmutableSet<String> names = records.find(zone, keys).proxied();
      if (names.isEmpty()) {
        return names;
      }
      Optional<JsonNode> details = zones.details(zone);
      return details.filter(json -> !proxies(json)).isPresent() ? ImmutableSet.of() : names;
    } catch (CloudflareException e) {
      throw e.toProvider();
    }
  }

  private static boolean proxies(JsonNode zone) {
    return CloudflareZoneLookup.isActive(zone) && !zone.path("paused").asBoolean(false);
  }

  /** {@inheritDoc} The API itself says when the token ends, and mostly what it may do. */
  @Override
  public ImmutableList<Check> check(
      String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
      throws InterruptedException {
    return check.run(zone, keys, questionsOnly);
  }

  @Override
  public String describe() {
    return NAME;
  }
}
