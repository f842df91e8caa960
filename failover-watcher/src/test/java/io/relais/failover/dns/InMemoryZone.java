package io.relais.failover.dns;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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

    /** Whether a write gets no answer, and is carried out only at {@link #arrive}. */
    default boolean isLate() {
      return false;
    }
  }

  /** One request, ready to be carried out. */
  private interface Effect {
    void happen();
  }

  private final ImmutableList<String> zones;
  private final Map<Long, Entry> stored = new TreeMap<>();
  private final List<Effect> late = new ArrayList<>();
  private long nextId;
  private final Map<String, Map<RecordKey, RrSet>> served = new TreeMap<>();
  private final Map<String, String> failures = new HashMap<>();
  private final Map<String, RrSet> lies = new HashMap<>();
  private final Set<String> toDeploy = new HashSet<>();
  private boolean deploysAtOnce = true;
  private Interceptor interceptor = new Interceptor() {};
  private int calls;

  /** A record, as a provider with a list of them keeps it: two may be equal. */
  private record Entry(long id, RecordKey key, String value, Duration ttl) {}

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
    stored.values().removeIf(entry -> entry.key().equals(set.key()));
    set.values().forEach(value -> add(set.key(), value, set.ttl()));
  }

  private void add(RecordKey key, String value, Duration ttl) {
    stored.put(nextId, new Entry(nextId, key, value, ttl));
    nextId++;
  }

  private static void store(Map<RecordKey, RrSet> where, RrSet set) {
    if (set.isEmpty()) {
      where.remove(set.key());
    } else {
      where.put(set.key(), set);
    }
  }

  /** All that is stored; equal records are one. */
  public ImmutableMap<RecordKey, RrSet> stored() {
    Map<RecordKey, RrSet> sets = new TreeMap<>();
    for (RecordKey key : stored.values().stream().map(Entry::key).distinct().toList()) {
      List<Entry> entries = entries(key);
      sets.put(
          key,
          RrSet.of(
              key,
              entries.stream().map(Entry::ttl).min(Comparator.naturalOrder()).orElseThrow(),
              entries.stream().map(Entry::value).toList()));
    }
    return ImmutableMap.copyOf(sets);
  }

  private List<Entry> entries(RecordKey key) {
    return stored.values().stream().filter(entry -> entry.key().equals(key)).toList();
  }

  /** How many records are stored. */
  public int size() {
    return stored.size();
  }

  /** Carries out what came late; how many requests that were. */
  public int arrive() {
    late.forEach(Effect::happen);
    int count = late.size();
    late.clear();
    return count;
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
    stored()
        .forEach(
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
    if (call == Call.WRITE && interceptor.isLate()) {
      late.add(effect);
      throw DnsProviderException.openEnded("no answer", Optional.empty(), null);
    }
    effect.happen();
    interceptor.after(call);
  }

  @Override
  public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException {
    perform(Call.READ, () -> {});
    return keys.stream().map(key -> of(stored(), key)).collect(toImmutableList());
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
    List<Effect> puts = new ArrayList<>();
    List<Effect> posts = new ArrayList<>();
    List<Effect> deletes = new ArrayList<>();
    for (Replacement step : change.replacements()) {
      plan(step.after(), puts, posts, deletes);
    }
    for (Effect write : Iterables.concat(puts, posts, deletes)) {
      perform(Call.WRITE, write);
    }
  }

  /** As a web API: what is there is changed, what is new added, then the rest taken out. */
  private void plan(RrSet wanted, List<Effect> puts, List<Effect> posts, List<Effect> deletes) {
    Deque<Entry> surplus = new ArrayDeque<>();
    Set<String> missing = new TreeSet<>(wanted.values());
    for (Entry entry : entries(wanted.key())) {
      if (!missing.remove(entry.value())) {
        surplus.add(entry);
      } else if (!entry.ttl().equals(wanted.ttl())) {
        puts.add(() -> put(entry, entry.value(), wanted.ttl()));
      }
    }
    for (String value : missing) {
      if (surplus.isEmpty()) {
        posts.add(() -> add(wanted.key(), value, wanted.ttl()));
      } else {
        Entry entry = surplus.remove();
        puts.add(() -> put(entry, value, wanted.ttl()));
      }
    }
    surplus.forEach(entry -> deletes.add(() -> stored.remove(entry.id())));
  }

  private void put(Entry entry, String value, Duration ttl) {
    stored.computeIfPresent(entry.id(), (id, _) -> new Entry(id, entry.key(), value, ttl));
  }

  @Override
  public boolean holds(ZoneChange change) throws DnsProviderException {
    perform(Call.READ, () -> {});
    return change.replacements().stream()
        .map(Replacement::after)
        .allMatch(
            after ->
                entries(after.key()).stream()
                    .map(Entry::value)
                    .sorted()
                    .toList()
                    .equals(after.values().asList()));
  }

  private void refuseForeign(Replacement step) throws DnsProviderException {
    RrSet now = of(stored(), step.after().key());
    for (String value : now.values()) {
      if (!step.before().values().contains(value) && !step.after().values().contains(value)) {
        throw DnsProviderException.conflict(now + " was changed by somebody else");
      }
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
      public ImmutableList<ServerAnswer> ask(String zone, ImmutableSet<RecordKey> keys)
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

  private Authority.ServerAnswer say(
      String server, String transport, ImmutableSet<RecordKey> keys) {
    Optional<String> failure = Optional.ofNullable(failures.get(server + " " + transport));
    ImmutableMap<RecordKey, RrSet> sets =
        keys.stream().collect(toImmutableMap(key -> key, key -> said(server, key)));
    return new Authority.ServerAnswer(
        server, transport, failure.isPresent() ? ImmutableMap.of() : sets, failure);
  }

  private RrSet said(String server, RecordKey key) {
    return lies.getOrDefault(server + " " + key, of(served.getOrDefault(server, Map.of()), key));
  }
}
