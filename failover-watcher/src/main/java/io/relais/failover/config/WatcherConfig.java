package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.common.Secret;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.notify.NotifySettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The whole configuration.
 *
 * @param stateDirectory absolute
 * @param interval of the rounds
 * @param failover empty where things are only watched
 * @param program the command line that runs this program with this configuration, as shown to users
 */
public record WatcherConfig(
    Path stateDirectory,
    Duration interval,
    Optional<FailoverConfig> failover,
    ImmutableList<WatchConfig> watches,
    NotifySettings notices,
    Optional<Deadman> deadman,
    String program) {
  /** The command line where the configuration is in its default place. */
  public static final String PROGRAM = "failover-watcher";

  WatcherConfig called(String line) {
    return new WatcherConfig(stateDirectory, interval, failover, watches, notices, deadman, line);
  }

  /** A URL that is requested after each successful round, at most once per {@code interval}. */
  public record Deadman(Secret url, Duration interval) {
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    /** Reads the {@code [deadman]} table. */
    static Supplier<Deadman> read(TomlSection table, ConfigContext context) {
      Setting<Secret> url = context.secretUrl(table);
      Duration interval = table.duration("interval").or(INTERVAL);
      return () -> new Deadman(url.get(), interval);
    }
  }
}
