package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.common.Secret;
import io.relais.failover.notify.NotifySettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The whole configuration.
 *
 * @param stateDirectory absolute
 * @param interval of the rounds
 * @param failover empty where things are only watched
 */
public record WatcherConfig(
    Path stateDirectory,
    Duration interval,
    Optional<FailoverConfig> failover,
    ImmutableList<WatchConfig> watches,
    NotifySettings notices,
    Optional<Deadman> deadman) {
  /** A URL that is asked for after each round that went well, at most every {@code interval}. */
  public record Deadman(Secret url, Duration interval) {}
}
