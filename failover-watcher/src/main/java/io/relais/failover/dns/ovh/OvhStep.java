package io.relais.failover.dns.ovh;

import io.relais.failover.dns.RecordKey;

/** One call that changes a record. */
sealed interface OvhStep {
  /** Another address or TTL for a record that is there. */
  record Put(OvhRecord record, String value, long ttl) implements OvhStep {}

  /** One record more. */
  record Post(RecordKey key, String value, long ttl) implements OvhStep {}

  /** One record less. */
  record Delete(OvhRecord record) implements OvhStep {}

  /**
   * When it is done: what goes, goes last, so that a name that is to have an address always has
   * one, even if somebody else publishes the zone in between.
   */
  default int phase() {
    return switch (this) {
      case Put _ -> 0;
      case Post _ -> 1;
      case Delete _ -> 2;
    };
  }
}
