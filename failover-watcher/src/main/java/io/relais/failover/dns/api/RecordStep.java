package io.relais.failover.dns.api;

import io.relais.failover.dns.RecordKey;

/**
 * One call that changes a record.
 *
 * @param <R> the provider's records
 */
public sealed interface RecordStep<R extends StoredRecord> {
  /** Another address or TTL for a record that is there. */
  record Overwrite<R extends StoredRecord>(R record, String value, long ttl)
      implements RecordStep<R> {}

  /** One record more. */
  record Add<R extends StoredRecord>(RecordKey key, String value, long ttl)
      implements RecordStep<R> {}

  /** One record less. */
  record Remove<R extends StoredRecord>(R record) implements RecordStep<R> {}

  /**
   * When it is done: what goes, goes last, so that a name that is to have an address always has
   * one, even if somebody else publishes the zone in between.
   */
  default int phase() {
    return switch (this) {
      case Overwrite<R> _ -> 0;
      case Add<R> _ -> 1;
      case Remove<R> _ -> 2;
    };
  }
}
