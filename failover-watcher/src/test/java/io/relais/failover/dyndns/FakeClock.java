package io.relais.failover.dyndns;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until it is told otherwise. */
final class FakeClock implements InstantSource {
  private Instant now = Instant.parse("2026-11-23T04:00:00Z");

  void advance(Duration by) {
    now = now.plus(by);
  }

  @Override
  public Instant instant() {
    return now;
  }
}
