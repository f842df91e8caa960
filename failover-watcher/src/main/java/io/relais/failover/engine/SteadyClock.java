package io.relais.failover.engine;

import java.time.Instant;
import java.time.InstantSource;

/**
 * The time of day when the process began, and from there by a clock that nobody sets: what a daemon
 * measures must not jump when the time of day is corrected.
 */
public final class SteadyClock implements InstantSource {
  private final Instant began;
  private final long beganNanos = System.nanoTime();

  public SteadyClock(InstantSource wall) {
    this.began = wall.instant();
  }

  @Override
  public Instant instant() {
    return began.plusNanos(System.nanoTime() - beganNanos);
  }
}
