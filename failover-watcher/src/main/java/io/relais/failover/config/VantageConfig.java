package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import java.net.URI;
import java.time.Duration;

/** Somebody else who looks at production, or at the backup. */
public sealed interface VantageConfig {
  String name();

  Duration timeout();

  /** A program, whose exit code tells: what they mean depends on what it looks at. */
  record Command(String name, ImmutableList<String> command, Duration timeout)
      implements VantageConfig {}

  /** A page: 200 is up, 503 is down, anything else no opinion. */
  record Http(String name, URI url, Duration timeout) implements VantageConfig {}
}
