package io.relais.failover.dyndns;

import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * What is remembered between updates, across restarts too. It holds no secret, but a mark from
 * which a weak password could be guessed with much work: keep its file to its owner.
 *
 * @param about whose state it is: name, service and user; that of another is of no use
 * @param v4 what the name was last set to, as far as we know
 * @param v6 the same for IPv6
 * @param confirmedAt when that was last so by the service's word
 * @param notBefore when the next try is allowed; empty for at once
 * @param stop why there is none until the configuration changes
 */
public record DynDnsState(
    String about,
    Optional<InetAddress> v4,
    Optional<InetAddress> v6,
    Optional<Instant> confirmedAt,
    Optional<Instant> notBefore,
    Optional<Stop> stop) {
  /**
   * Why nothing more is tried.
   *
   * @param reason for people
   * @param passwordMark tells whether the password is still the one that was used then
   */
  public record Stop(String reason, String passwordMark) {}

  /** Nothing is known yet. */
  public static DynDnsState unknown() {
    return of("");
  }

  static DynDnsState of(String about) {
    return new DynDnsState(
        about,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  Optional<InetAddress> of(IpFamily family) {
    return family == IpFamily.V4 ? v4 : v6;
  }

  DynDnsState with(InetAddress address) {
    boolean four = IpFamily.of(address) == IpFamily.V4;
    return new DynDnsState(
        about,
        four ? Optional.of(address) : v4,
        four ? v6 : Optional.of(address),
        confirmedAt,
        notBefore,
        stop);
  }

  DynDnsState confirmed(Instant now) {
    return new DynDnsState(about, v4, v6, Optional.of(now), Optional.empty(), Optional.empty());
  }

  DynDnsState waiting(Instant until) {
    return new DynDnsState(about, v4, v6, confirmedAt, Optional.of(until), Optional.empty());
  }

  DynDnsState stopped(Stop why) {
    return new DynDnsState(about, v4, v6, confirmedAt, Optional.empty(), Optional.of(why));
  }
}
