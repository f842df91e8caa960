package io.relais.failover.config;

import io.relais.common.Secret;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.time.Duration;

/** The {@code [deadman]} table as it was read. */
record DeadmanTable(Setting<Secret> url, Duration interval) {
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  static DeadmanTable read(TomlSection table, Reading reading) {
    return new DeadmanTable(
        SecretUrl.read(table, reading), table.duration("interval").or(INTERVAL));
  }

  /** After all mistakes are out. */
  WatcherConfig.Deadman toConfig() {
    return new WatcherConfig.Deadman(url.get(), interval);
  }
}
