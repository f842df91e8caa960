package io.relais.failover.dns.api;

/** One record as a provider keeps it, under an id of its own. */
public interface StoredRecord {
  /** The address in its canonical text. */
  String value();

  /** Seconds, or what the provider writes for its default. */
  long ttl();
}
