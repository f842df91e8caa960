package io.relais.failover.testbed;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A provider with some zones, and their authoritative servers. What is applied is stored record by
 * record, as at a web API, and served after {@link #publish}: at once, or when {@link #deploy} is
 * called. Any call can be made to fail. For one thread.
 */
public final class InMemoryZone implements DnsProvider {
  /** What is asked; each is one request to the provider, or one round of questions. */
  public enum Call {
    READ,
    WRITE,
    PUBLISH,
    ASK
  }

  /** Fails calls, before or after they take effect. */
  public interface Interceptor {
    /** The call may be made to fail without any effect. */
    default void before(Call call) throws DnsProviderException {}

    /** It has taken effect; the reply may be lost. */
    default void after(Call call) throws DnsProviderException {}
  }

  /** One request, ready to be carried out. */
  private interface Effect {
    void happen();
  }

  private final ImmutableList<String> zones;
  private final Map<RecordKey, RrSet> stored = new TreeMap<>();
  private final Map<String, Map<RecordKey, RrSet>> served = new TreeMap<>();
  private final Map<String, String> failures = new HashMap<>();
  private final Map<String, RrSet> lies = new HashMap<>();
  private final Set<String> toDeploy = new HashSet<>();
  private boolean deploysAtOnce = true;
  private Interceptor interceptor = new Interceptor() {};
  private int calls;

  /** Zones of these names, with two servers: {@code ns1} and {@code ns2}. */
  public InMemoryZone(String... zones) {
    this.zones = ImmutableList.copyOf(zones);
    served.put("ns1", new TreeMap<>());
    served.put("ns2", new TreeMap<>());
  }

  /** A set as text, for tests: {@code set("www.example.org", A, 60, "192.0.2.1")}. */
  public static RrSet set(String name, RecordType type, long ttl, String... values) {
    var key = new RecordKey(name, type);
    return values.length == 0
        ? RrSet.none(key)
        : RrSet.of(key, Duration.ofSeconds(ttl), ImmutableList.copyOf(values));
  }

  /** Somebody stores a set and publishes it. */
  public void put(RrSet set) {
    edit(set);
    served.values().forEach(server -> store(server, set));
  }

  /** Somebody stores a set, and does not publish it. */
  public void edit(RrSet set) {
    store(stored, set);
  }

  private static void store(Map<RecordKey, RrSet> where, RrSet set) {
    if (set.isEmpty()) {
      where.remove(set.key());
    } else {
      where.put(set.key(), set);
    }
  }

  /** All that is stored. */
  public ImmutableMap<RecordKey, RrSet> stored() {
    return ImmutableMap.copyOf(stored);
  }

  /** All that a server serves. */
  public ImmutableMap<RecordKey, RrSet> served(String server) {
    return ImmutableMap.copyOf(served.getOrDefault(server, Map.of()));
  }

  /** Whether the servers show a publication at once; if not, {@link #deploy} makes them. */
  public void deploysAtOnce(boolean atOnce) {
    deploysAtOnce = atOnce;
  }

  /** The servers show what was published. */
  public void deploy() {
    toDeploy.forEach(zone -> served.values().forEach(server -> copy(zone, server)));
    toDeploy.clear();
  }

  /** One server shows what was published; the others go on as they are. */
  public void deployTo(String server) {
    toDeploy.forEach(zone -> copy(zone, served.getOrDefault(server, new TreeMap<>())));
  }

  private void copy(String zone, Map<RecordKey, RrSet> server) {
    server.keySet().removeIf(key -> zoneNamed(key.name()).equals(zone));
    stored.forEach(
        (key, set) -> {
          if (zoneNamed(key.name()).equals(zone)) {
            server.put(key, set);
          }
        });
  }

  /** A server does not answer over a transport ({@code UDP}, {@code TCP}); empty: it does again. */
  public void fail(String server, String transport, Optional<String> why) {
    String who = server + " " + transport;
    why.ifPresentOrElse(text -> failures.put(who, text), () -> failures.remove(who));
  }

  /** A server says this set, whatever is published. */
  public void lie(String server, RrSet set) {
    lies.put(server + " " + set.key(), set);
  }

  public void intercept(Interceptor next) {
    interceptor = next;
  }

  /** How many calls there were. */
  public int calls() {
    return calls;
  }

  private void perform(Call call, Effect effect) throws DnsProviderException {
    calls++;
    interceptor.before(call);
    effect.happen();
    interceptor.after(call);
  }

  @Override
  public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException {
    perform(Call.READ, () -> {});
    return keys.stream().map(key -> of(stored, key)).collect(toImmutableList());
  }

  private static RrSet of(Map<RecordKey, RrSet> sets, RecordKey key) {
    return sets.getOrDefault(key, RrSet.none(key));
  }

  @Override
  public void apply(ZoneChange change) throws DnsProviderException {
    perform(Call.READ, () -> {});
    for (Replacement step : change.replacements()) {
      refuseForeign(step);
    }
    for (Replacement step :
        change.replacements().stream()
            .sorted(Comparator.comparing((Replacement step) -> step.after().isEmpty()))
            .toList()) {
      write(step.after());
    }
  }

  private void refuseForeign(Replacement step) throws DnsProviderException {
    RrSet now = of(stored, step.after().key());
    for (String value : now.values()) {
      if (!step.before().values().contains(value) && !step.after().values().contains(value)) {
        throw DnsProviderException.conflict(now + " was changed by somebody else");
      }
    }
  }

  /** As a web API: what is new is added first, then the rest is taken out. */
  private void write(RrSet wanted) throws DnsProviderException {
    RrSet now = of(stored, wanted.key());
    if (!now.isEmpty() && !wanted.values().containsAll(now.values()) && !wanted.isEmpty()) {
      var both =
          ImmutableSortedSet.<String>naturalOrder()
              .addAll(now.values())
              .addAll(wanted.values())
              .build();
      perform(Call.WRITE, () -> edit(new RrSet(wanted.key(), wanted.ttl(), both)));
    }
    if (!of(stored, wanted.key()).equals(wanted)) {
      perform(Call.WRITE, () -> edit(wanted));
    }
  }

  @Override
  public void publish(String zone) throws DnsProviderException {
    perform(
        Call.PUBLISH,
        () -> {
          toDeploy.add(zone);
          if (deploysAtOnce) {
            deploy();
          }
        });
  }

  @Override
  public ImmutableList<Check> check(String zone, ImmutableSet<RecordKey> keys, boolean dryRun) {
    return ImmutableList.of(Check.ok("zone " + zone, "in memory"));
  }

  @Override
  public String describe() {
    return "the zone in memory";
  }

  private String zoneNamed(String name) {
    return zones.stream()
        .filter(zone -> name.equals(zone) || name.endsWith("." + zone))
        .max(Comparator.comparingInt(String::length))
        .orElse("");
  }

  /** The servers. */
  public Authority authority() {
    return new Authority() {
      @Override
      public String zoneOf(String name) throws DnsLookupException {
        String zone = zoneNamed(name);
        if (zone.isEmpty()) {
          throw new DnsLookupException("no zone holds " + name, null);
        }
        return zone;
      }

      @Override
      public ImmutableList<Answer> ask(String zone, ImmutableSet<RecordKey> keys)
          throws DnsLookupException {
        try {
          perform(Call.ASK, () -> {});
        } catch (DnsProviderException e) {
          throw new DnsLookupException("no server of " + zone + " can be found", e);
        }
        return served.keySet().stream()
            .flatMap(server -> Stream.of("UDP", "TCP").map(t -> say(server, t, keys)))
            .collect(toImmutableList());
      }
    };
  }

  private Authority.Answer say(String server, String transport, ImmutableSet<RecordKey> keys) {
    Optional<String> failure = Optional.ofNullable(failures.get(server + " " + transport));
    ImmutableMap<RecordKey, RrSet> sets =
        keys.stream().collect(toImmutableMap(key -> key, key -> said(server, key)));
    return new Authority.Answer(
        server, transport, failure.isPresent() ? ImmutableMap.of() : sets, failure);
  }

  private RrSet said(String server, RecordKey key) {
    return lies.getOrDefault(server + " " + key, of(served.getOrDefault(server, Map.of()), key));
  }
}
