package io.relais.failover.dyndns;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A provider with one zone in memory, which notes what is asked of it. */
final class FakeZone implements DnsProvider {
  final Map<RecordKey, RrSet> edited = new HashMap<>();
  final Map<RecordKey, RrSet> served = new HashMap<>();
  final List<String> calls = new ArrayList<>();
  Optional<String> failing = Optional.empty();
  DnsProviderException failure = DnsProviderException.retry("timed out", null);

  void put(RrSet set) {
    edited.put(set.key(), set);
    served.put(set.key(), set);
  }

  private void call(String name) throws DnsProviderException {
    calls.add(name);
    if (failing.equals(Optional.of(name))) {
      throw failure;
    }
  }

  @Override
  public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException {
    call("read");
    return keys.stream()
        .map(key -> edited.getOrDefault(key, RrSet.none(key)))
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public void apply(ZoneChange change) throws DnsProviderException {
    call("apply");
    for (ZoneChange.Replacement step : change.replacements()) {
      if (!edited
          .getOrDefault(step.before().key(), RrSet.none(step.before().key()))
          .values()
          .equals(step.before().values())) {
        throw DnsProviderException.conflict("somebody else changed " + step.before());
      }
      edited.put(step.after().key(), step.after());
    }
  }

  @Override
  public void publish(String zone) throws DnsProviderException {
    call("publish");
    served.putAll(edited);
  }

  @Override
  public ImmutableList<Check> check(String zone, ImmutableSet<RecordKey> keys, boolean dryRun) {
    return ImmutableList.of();
  }

  @Override
  public String describe() {
    return "a zone in memory";
  }
}
