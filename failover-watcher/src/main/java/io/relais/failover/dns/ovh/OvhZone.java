package io.relais.failover.dns.ovh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.api.RecordPlan;
import io.relais.failover.dns.api.RecordPlan.Step;
import io.relais.failover.net.HttpCaller;
import java.time.Duration;
import java.time.InstantSource;

/**
 * A zone at OVH. What is applied is stored, and served only after {@link #publish}. Each call has
 * the timeout of the settings. For one thread at a time.
 */
public final class OvhZone implements DnsProvider {
  private final OvhApi api;
  private final OvhRecords records;
  private final String name;

  private OvhZone(OvhApi api, OvhRecords records, String name) {
    this.api = api;
    this.records = records;
    this.name = name;
  }

  /**
   * Connects to nothing yet.
   *
   * @param clock this host's, which may be wrong: calls are signed by OVH's
   */
  public static OvhZone of(OvhSettings settings, HttpCaller caller, InstantSource clock) {
    OvhApi api = OvhApi.of(settings, caller, clock);
    return new OvhZone(
        api,
        new OvhRecords(api, settings.ids()),
        "OVH (" + OvhSettings.Endpoint.describe(settings.endpoint()) + ")");
  }

  @Override
  public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    try {
      ImmutableMap<RecordKey, ImmutableList<OvhRecord>> found = records.find(zone, keys);
      return keys.stream()
          .map(key -> set(key, found.getOrDefault(key, ImmutableList.of())))
          .collect(ImmutableList.toImmutableList());
    } catch (OvhException e) {
      throw e.toProvider();
    }
  }

  /** OVH keeps a TTL for each record; of different ones the smallest is the set's. */
  static RrSet set(RecordKey key, ImmutableList<OvhRecord> found) {
    long ttl = found.stream().mapToLong(OvhRecord::ttl).min().orElse(0);
    return RrSet.of(key, Duration.ofSeconds(ttl), found.stream().map(OvhRecord::value).toList());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Reads first, each time: a call whose answer was lost is never sent again blindly. A TTL
   * under 60 seconds becomes 60, as OVH would make it without a word.
   */
  @Override
  public void apply(ZoneChange change) throws DnsProviderException, InterruptedException {
    try {
      ImmutableList<Step<OvhRecord>> steps = plan(change);
      for (Step<OvhRecord> step : steps) {
        carryOut(change.zone(), step);
      }
      if (!steps.isEmpty() && !plan(change).isEmpty()) {
        throw DnsProviderException.retry(
            name + ": the records of " + change.zone() + " aren't what was just written", null);
      }
    } catch (OvhException e) {
      throw e.toProvider();
    }
  }

  /** {@inheritDoc} OVH keeps two equal records if it is told to. */
  @Override
  public boolean holds(ZoneChange change) throws DnsProviderException, InterruptedException {
    try {
      return RecordPlan.holds(change, records.find(change.zone(), change.keys()));
    } catch (OvhException e) {
      throw e.toProvider();
    }
  }

  private ImmutableList<Step<OvhRecord>> plan(ZoneChange change)
      throws OvhException, DnsProviderException, InterruptedException {
    return RecordPlan.of(
        change, records.find(change.zone(), change.keys()), (_, ttl) -> OvhRecord.effective(ttl));
  }

  private void carryOut(String zone, Step<OvhRecord> step)
      throws DnsProviderException, InterruptedException {
    try {
      switch (step) {
        case Step.Overwrite<OvhRecord> put -> overwrite(zone, put);
        case Step.Add<OvhRecord> post -> records.post(zone, post.key(), post.value(), post.ttl());
        case Step.Remove<OvhRecord> delete -> records.delete(zone, delete.record().id());
      }
    } catch (OvhException e) {
      throw e.writing();
    }
  }

  /** A record that is gone since it was read will be found gone at the next try. */
  private void overwrite(String zone, Step.Overwrite<OvhRecord> put)
      throws OvhException, DnsProviderException, InterruptedException {
    try {
      records.put(zone, put.record(), put.value(), put.ttl());
    } catch (OvhException e) {
      if (e.reason() != OvhException.Reason.NOT_FOUND) {
        throw e;
      }
      throw DnsProviderException.retry(
          name + ": record " + put.record().id() + " is gone since it was read", e);
    }
  }

  @Override
  public void publish(String zone) throws DnsProviderException, InterruptedException {
    try {
      api.post(OvhApi.zonePath(zone) + "/refresh", "");
    } catch (OvhException e) {
      throw e.toProvider();
    }
  }

  @Override
  public ImmutableList<Check> check(
      String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
      throws InterruptedException {
    return new OvhSelfCheck(api, records, zone).run(keys);
  }

  @Override
  public String describe() {
    return name;
  }
}
