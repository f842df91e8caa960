package io.relais.failover.selfcheck;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import com.google.common.net.InetAddresses;
import io.relais.failover.change.UnlistedRecords;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.net.IpFamily;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a change of the records needs, zone by zone: where the names are, what the provider says of
 * itself, and who owns the records that it holds. Changes nothing. For one thread.
 */
public final class ZoneCheck {
  private final FailoverConfig config;
  private final Authority authority;

  public ZoneCheck(FailoverConfig config, Authority authority) {
    this.config = config;
    this.authority = authority;
  }

  /**
   * The zones of all names that may be changed.
   *
   * @param byName the sets that may be changed, by zone
   * @param troubles of names whose zone can't be found
   */
  public record Zones(Map<String, ImmutableSet<RecordKey>> byName, ImmutableList<Check> troubles) {}

  public Zones zones() throws InterruptedException {
    Map<String, ImmutableSet<RecordKey>> zones = new TreeMap<>();
    ImmutableList.Builder<Check> troubles = ImmutableList.builder();
    for (Map.Entry<String, ImmutableSet<RecordKey>> name : changed().entrySet()) {
      try {
        zones.merge(
            authority.zoneOf(name.getKey()),
            name.getValue(),
            (one, other) -> ImmutableSet.<RecordKey>builder().addAll(one).addAll(other).build());
      } catch (DnsLookupException e) {
        troubles.add(Check.unanswered("zone of " + name.getKey(), String.valueOf(e.getMessage())));
      }
    }
    return new Zones(zones, troubles.build());
  }

  /** By name: a right to records of a family that neither site has is not needed. */
  private Map<String, ImmutableSet<RecordKey>> changed() {
    Set<IpFamily> backup = config.backup().address().families();
    Set<IpFamily> both =
        Sets.union(
            backup,
            config.site().production().stream().map(IpFamily::of).collect(Collectors.toSet()));
    Map<String, ImmutableSet<RecordKey>> names = new TreeMap<>();
    config.site().names().forEach(name -> names.put(name, keys(name, both)));
    if (config.dyndns().orElse(null) instanceof DynDnsSettings.ByProvider own) {
      names.put(own.name(), keys(own.name(), backup));
    }
    return names;
  }

  private static ImmutableSet<RecordKey> keys(String name, Set<IpFamily> families) {
    return Arrays.stream(IpFamily.values())
        .filter(families::contains)
        .map(family -> new RecordKey(name, RecordType.of(family)))
        .collect(ImmutableSet.toImmutableSet());
  }

  /** The same names, with both types of each: what must not be there shows too. */
  public static ImmutableSet<RecordKey> ofBothTypes(ImmutableSet<RecordKey> keys) {
    return keys.stream()
        .flatMap(key -> keys(key.name(), EnumSet.allOf(IpFamily.class)).stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /**
   * All of it.
   *
   * @param isBackup whether a text is an address that the backup has or had
   */
  public ImmutableList<Check> look(DnsProvider provider, Predicate<String> isBackup)
      throws InterruptedException {
    Zones zones = zones();
    ImmutableList.Builder<Check> checks = ImmutableList.builder();
    checks.addAll(zones.troubles());
    for (Map.Entry<String, ImmutableSet<RecordKey>> zone : zones.byName().entrySet()) {
      ImmutableList<Check> said = provider.check(zone.getKey(), zone.getValue(), false);
      checks.addAll(said);
      if (wentThrough(said)) {
        checks.add(owners(zone.getKey(), zone.getValue(), provider, isBackup));
      }
    }
    return merged(checks.build());
  }

  /** Otherwise what is asked next could only fail for the same reason. */
  public static boolean wentThrough(ImmutableList<Check> checks) {
    return checks.stream()
        .allMatch(
            check ->
                check.result() != Check.Status.FAILED && check.result() != Check.Status.UNANSWERED);
  }

  /** Two zones of one provider have things in common, as its clock: the worse of them counts. */
  private static ImmutableList<Check> merged(List<Check> checks) {
    Map<String, Check> byName = new HashMap<>();
    checks.forEach(check -> byName.merge(check.name(), check, ZoneCheck::worse));
    return checks.stream()
        .map(Check::name)
        .distinct()
        .map(name -> byName.getOrDefault(name, Check.ok(name, "")))
        .collect(ImmutableList.toImmutableList());
  }

  private static Check worse(Check one, Check other) {
    return severity(other.result()) > severity(one.result()) ? other : one;
  }

  private static int severity(Check.Status status) {
    return switch (status) {
      case OK -> 0;
      case UNKNOWN -> 1;
      case WARNING -> 2;
      case UNANSWERED -> 3;
      case FAILED -> 4;
    };
  }

  /** A change is refused where the provider holds somebody else's records, published or not. */
  public Check owners(
      String zone, ImmutableSet<RecordKey> keys, DnsProvider provider, Predicate<String> isBackup)
      throws InterruptedException {
    String name = "stored records of " + zone;
    ImmutableSet<RecordKey> site =
        keys.stream()
            .filter(key -> config.site().names().contains(key.name()))
            .collect(ImmutableSet.toImmutableSet());
    ImmutableSet<String> production =
        config.site().production().stream()
            .map(InetAddresses::toAddrString)
            .collect(ImmutableSet.toImmutableSet());
    try {
      ImmutableList<RrSet> stored = provider.read(zone, ofBothTypes(site));
      return UnlistedRecords.find(production, isBackup, stored)
          .map(unlisted -> Check.failed(name, unlisted.text()))
          .orElseGet(() -> Check.ok(name, "all are production's or the backup's"));
    } catch (DnsProviderException e) {
      return Check.of(name, e);
    }
  }
}
