package io.relais.failover.dyndns;

import io.relais.common.Secret;
import java.net.URI;
import java.time.Duration;

/** A name for the backup itself. */
public sealed interface DynDnsSettings {
  /** Absolute, in lower case, without the dot at the end. */
  String name();

  /** Kept by the same provider as the site. */
  record ByProvider(String name, Duration ttl) implements DynDnsSettings {}

  /** Kept by a service that speaks the dyndns2 protocol. */
  record ByUpdate(String name, URI url, String user, Secret password) implements DynDnsSettings {}
}
