package io.relais.failover.dyndns;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dyndns.DynDnsState.Stop;
import io.relais.failover.dyndns.Updater.Response;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Keeps a name for the backup itself up to date. It asks nobody while nothing has changed, so it
 * may be called each round. For one thread at a time; with a provider, the one that uses it for
 * everything else too.
 */
public final class DynDns {
  private final Updater updater;
  private final InstantSource clock;

  DynDns(Updater updater, InstantSource clock) {
    this.updater = updater;
    this.clock = clock;
  }

  /**
   * Through the provider that holds the site's zone. Not to be updated while a change of the site's
   * records is under way: publishing deploys the whole zone.
   *
   * @param zone that the name is in
   */
  public static DynDns byProvider(
      DynDnsSettings.ByProvider settings, DnsProvider provider, String zone, InstantSource clock) {
    return new DynDns(new ZoneUpdater(settings, provider, zone), clock);
  }

  /** Through a service that speaks dyndns2. */
  public static DynDns byUpdate(
      DynDnsSettings.ByUpdate settings, HttpCaller http, InstantSource clock) {
    return new DynDns(
        new DynDns2Updater(settings, http, DynDns2Updater.Service.of(settings.url())), clock);
  }

  /** Whether an update publishes the whole zone: not to be while a change of it is under way. */
  public boolean publishes() {
    return updater.publishes();
  }

  /** What came of it. */
  public enum Status {
    /** Nobody was asked, because nothing has changed. */
    UNCHANGED,
    /** The name was set, or set again. */
    UPDATED,
    /** It failed, and is tried again later. */
    FAILED,
    /** It was refused; an operator has to fix the configuration. */
    REFUSED,
    /** Nobody was asked, because of an earlier failure or refusal. */
    HELD
  }

  /**
   * The end of one call.
   *
   * @param detail for people, in one line, without secrets
   * @param state to be kept, and passed to the next call
   */
  public record Update(Status status, String detail, DynDnsState state) {}

  /**
   * Sets the name to these addresses if it is not known to have them. Blocks for a few deadlines of
   * the provider's, or ten seconds for each request to a service.
   *
   * @param v4 empty leaves the name's A record as it is
   * @param v6 empty leaves its AAAA record as it is
   * @param before what the last call returned; {@link DynDnsState#unknown} for the first
   */
  public Update update(Optional<InetAddress> v4, Optional<InetAddress> v6, DynDnsState before)
      throws InterruptedException {
    checkArgument(v4.stream().allMatch(it -> IpFamily.of(it) == IpFamily.V4), "v4 is %s", v4);
    checkArgument(v6.stream().allMatch(it -> IpFamily.of(it) == IpFamily.V6), "v6 is %s", v6);
    Instant now = clock.instant();
    DynDnsState state = resumed(before);
    if (state.stop().isPresent()) {
      return new Update(Status.HELD, state.stop().get().reason(), state);
    }
    ImmutableList<InetAddress> wanted =
        Stream.concat(v4.stream(), v6.stream()).collect(toImmutableList());
    ImmutableList<InetAddress> changed =
        wanted.stream()
            .filter(it -> !state.of(IpFamily.of(it)).equals(Optional.of(it)))
            .collect(toImmutableList());
    if (wanted.isEmpty() || (changed.isEmpty() && !isStale(state, now))) {
      return new Update(Status.UNCHANGED, "nothing has changed", state);
    }
    if (state.notBefore().isPresent() && now.isBefore(state.notBefore().get())) {
      return new Update(Status.HELD, "not before " + state.notBefore().get(), state);
    }
    return send(wanted, changed, state);
  }

  /** Forgets what belongs to another configuration: what stopped it is fixed then. */
  private DynDnsState resumed(DynDnsState state) {
    if (!state.about().equals(updater.about())) {
      return DynDnsState.of(updater.about());
    }
    return state.stop().isPresent()
            && !state.stop().get().passwordMark().equals(updater.passwordMark())
        ? DynDnsState.of(updater.about())
        : state;
  }

  private boolean isStale(DynDnsState state, Instant now) {
    return updater.refreshAfter().isPresent()
        && state
            .confirmedAt()
            .map(last -> !now.isBefore(last.plus(updater.refreshAfter().get())))
            .orElse(true);
  }

  private Update send(
      ImmutableList<InetAddress> wanted, ImmutableList<InetAddress> changed, DynDnsState before)
      throws InterruptedException {
    DynDnsState state = before;
    ImmutableList.Builder<String> details = ImmutableList.builder();
    for (ImmutableList<InetAddress> request : updater.requests(wanted, changed)) {
      boolean confirmed = request.stream().noneMatch(changed::contains);
      Response response = updater.set(request, confirmed);
      switch (response) {
        case Response.Done done -> {
          for (InetAddress address : request) {
            state = state.with(address);
          }
          details.add(shown(request) + ": " + done.detail());
        }
        case Response.Later later -> {
          DynDnsState waiting = state.waiting(clock.instant().plus(later.pause()));
          return new Update(Status.FAILED, later.detail(), waiting);
        }
        case Response.Never never -> {
          Stop stop = new Stop(never.detail(), updater.passwordMark());
          return new Update(Status.REFUSED, never.detail(), state.stopped(stop));
        }
      }
    }
    String detail = String.join("; ", details.build());
    return new Update(Status.UPDATED, detail, state.confirmed(clock.instant()));
  }

  private static String shown(List<InetAddress> addresses) {
    return addresses.stream().map(InetAddresses::toAddrString).collect(joining(", "));
  }
}
