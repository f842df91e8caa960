package io.relais.failover.config;

import com.google.common.collect.ImmutableMap;
import io.relais.common.toml.ConfigException;
import java.nio.file.Path;
import java.util.Map;

/** Reads the watcher's configuration file, and the secrets that it names. For one thread. */
public final class ConfigLoader {
  private final ImmutableMap<String, String> environment;

  public ConfigLoader(Map<String, String> environment) {
    this.environment = ImmutableMap.copyOf(environment);
  }

  /**
   * Reads the file.
   *
   * @throws ConfigException with every mistake in it (the user's to mend)
   */
  public WatcherConfig load(Path file) throws ConfigException {
    throw new UnsupportedOperationException("" + environment + file);
  }
}
