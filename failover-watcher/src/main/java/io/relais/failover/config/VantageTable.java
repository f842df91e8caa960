package io.relais.failover.config;

import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** One {@code [[vantage]]} table as it was read; exactly one of url and command is there. */
record VantageTable(
    Setting<String> name, Optional<Setting<URI>> url, CommandText command, Duration timeout) {
  private static final Kinds KINDS =
      Kinds.of("a vantage", "command name timeout", "url name timeout");
  private static final Duration TIMEOUT = Duration.ofSeconds(8);

  static Optional<VantageTable> read(TomlSection table, Unique names, Reading reading) {
    return KINDS
        .choose(table)
        .map(
            kind ->
                new VantageTable(
                    names.add(table.string("name").required("\"vps\"").map(Names::parse)),
                    kind.equals("url")
                        ? Optional.of(
                            reading.closedUrl(table, "url", "others could answer in its place"))
                        : Optional.empty(),
                    kind.equals("command") ? CommandText.read(table) : CommandText.NONE,
                    table.duration("timeout").or(TIMEOUT)));
  }

  /** After all mistakes are out. */
  VantageConfig toConfig() {
    return url.<VantageConfig>map(asked -> new VantageConfig.Http(name.get(), asked.get(), timeout))
        .orElseGet(() -> new VantageConfig.Command(name.get(), command.words(), timeout));
  }
}
