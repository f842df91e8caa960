package io.relais.benchmark.outage;

import java.time.Duration;

/**
 * What was measured, from the outage on.
 *
 * @param accepted until the refresh was accepted by OVH; with RFC 2136, as {@code visible}
 * @param visible until the name server gave the backup's address
 * @param told until somebody was told that it is done
 */
record Sample(Case of, Duration accepted, Duration visible, Duration told) {
  boolean withinBar() {
    return accepted.compareTo(of.mode().bar()) <= 0;
  }

  /** From the accepted refresh to the answer of every authoritative server. */
  Duration deployment() {
    return visible.minus(accepted);
  }
}
