package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dyndns.DynDns;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.notify.Notice;
import io.relais.failover.probe.Prober;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What the engine works with. Opening the {@link RecordChanger} needs the lock.
 *
 * @param notices where they go; must not block
 * @param zone empty where things are only watched
 */
public record Ports(
    Prober prober, HttpCaller http, Consumer<Notice> notices, Optional<ZonePorts> zone) {
  /**
   * What only a switch needs.
   *
   * @param selfCheck empty where nobody wants it
   */
  public record ZonePorts(
      RecordChanger changer,
      AddressFinder addresses,
      Optional<DynDnsSource> dyndns,
      Optional<SelfCheckLook> selfCheck) {}

  /**
   * Looks at all that a change of the records needs, and changes nothing. Called on a thread of its
   * own, so it has a provider of its own; it is interrupted when it is no longer wanted.
   */
  @FunctionalInterface
  public interface SelfCheckLook {
    ImmutableList<Check> look() throws InterruptedException;
  }

  /** Opens what keeps the backup's own name; its zone may have to be looked up. */
  @FunctionalInterface
  public interface DynDnsSource {
    DynDns open() throws DnsLookupException, InterruptedException;
  }
}
