package io.relais.failover.dyndns;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * Sets the name through the provider of the site's zone. A single record with another value is
 * taken for our own former address and replaced; several are not ours to choose from.
 */
final class ZoneUpdater implements Updater {
  /** Somebody may have changed the record; a look costs a request or two. */
  private static final Duration LOOK_AGAIN = Duration.ofHours(6);

  private static final Duration SHORTLY = Duration.ofMinutes(2);

  /** An operator has to do something at the provider, which shows only by trying. */
  private static final Duration FIXED_BY_AN_OPERATOR = Duration.ofHours(1);

  private final DynDnsSettings.ByProvider settings;
  private final DnsProvider provider;
  private final String zone;

  ZoneUpdater(DynDnsSettings.ByProvider settings, DnsProvider provider, String zone) {
    this.settings = settings;
    this.provider = provider;
    this.zone = zone;
  }

  @Override
  public String about() {
    return settings.name() + " in " + zone + " by " + provider.describe();
  }

  @Override
  public boolean publishes() {
    return true;
  }

  @Override
  public Optional<Duration> refreshAfter() {
    return Optional.of(LOOK_AGAIN);
  }

  /** The provider's own business: nothing stops this updater for good. */
  @Override
  public String passwordMark() {
    return "";
  }

  @Override
  public ImmutableList<ImmutableList<InetAddress>> requests(
      ImmutableList<InetAddress> addresses, ImmutableList<InetAddress> changed) {
    return ImmutableList.of(addresses);
  }

  @Override
  public Response set(ImmutableList<InetAddress> addresses, boolean confirmed)
      throws InterruptedException {
    try {
      return setAt(addresses, confirmed);
    } catch (DnsProviderException e) {
      String message = settings.name() + " could not be set: " + e.getMessage();
      return switch (e.kind()) {
        case RETRY -> new Response.Later(e.retryAfter().orElse(SHORTLY), message);
        case REFUSED, CONFLICT -> new Response.Later(FIXED_BY_AN_OPERATOR, message);
      };
    }
  }

  private Response setAt(ImmutableList<InetAddress> addresses, boolean confirmed)
      throws DnsProviderException, InterruptedException {
    ImmutableMap<RecordKey, String> wanted =
        addresses.stream().collect(toImmutableMap(this::key, InetAddresses::toAddrString));
    ImmutableList<RrSet> found =
        provider.read(zone, wanted.keySet().stream().collect(toImmutableSet()));
    for (RrSet set : found) {
      if (set.values().size() > 1) {
        throw DnsProviderException.conflict(
            "there are several records (" + set + "); leave one, or none, of that type");
      }
    }
    ImmutableList<Replacement> steps =
        found.stream()
            .filter(set -> !set.values().contains(wanted.get(set.key())))
            .map(set -> new Replacement(set, wanted(set.key(), wanted)))
            .collect(toImmutableList());
    if (!steps.isEmpty()) {
      provider.apply(new ZoneChange(zone, steps));
    }
    // Unless it was published before: an earlier try may have ended just after it was applied.
    if (!steps.isEmpty() || !confirmed) {
      provider.publish(zone);
    }
    return new Response.Done(
        !steps.isEmpty(), steps.isEmpty() ? "the record has it" : "the record was set");
  }

  private RecordKey key(InetAddress address) {
    return new RecordKey(settings.name(), RecordType.of(IpFamily.of(address)));
  }

  private RrSet wanted(RecordKey key, ImmutableMap<RecordKey, String> values) {
    return RrSet.of(key, settings.ttl(), ImmutableList.of(requireNonNull(values.get(key))));
  }
}
