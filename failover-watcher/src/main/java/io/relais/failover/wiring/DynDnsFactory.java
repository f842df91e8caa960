package io.relais.failover.wiring;

import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dyndns.DynDns;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.observe.Ports;
import java.time.InstantSource;

/** Makes what keeps the backup's own name. */
final class DynDnsFactory {
  private DynDnsFactory() {}

  static Ports.DynDnsSource of(
      DynDnsSettings settings,
      DnsProvider provider,
      Authority authority,
      HttpCaller http,
      InstantSource clock) {
    return switch (settings) {
      case DynDnsSettings.ByProvider name ->
          () -> DynDns.byProvider(name, provider, authority.zoneOf(name.name()), clock);
      case DynDnsSettings.ByUpdate name -> () -> DynDns.byUpdate(name, http, clock);
    };
  }
}
