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
 * @param program how people call this program with this configuration
 */
public record WatcherConfig(
    Path stateDirectory,
    Duration interval,
    Optional<FailoverConfig> failover,
    ImmutableList<WatchConfig> watches,
    NotifySettings notices,
    Optional<Deadman> deadman,
    String program) {
  /** How people call this program, where the configuration is where it is expected. */
  public static final String PROGRAM = "failover-watcher";

  WatcherConfig called(String line) {
    return new WatcherConfig(stateDirectory, interval, failover, watches, notices, deadman, line);
  }

  /** A URL that is asked for after each round that went well, at most every {@code interval}. */
  public record Deadman(Secret url, Duration interval) {}
}
