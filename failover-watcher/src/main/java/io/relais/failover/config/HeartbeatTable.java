package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.nio.file.Path;
import java.time.Duration;

/** One {@code [[heartbeat.mirror]]} table as it was read. */
record HeartbeatTable(
    Setting<Path> file, Setting<String> name, Duration maxAge, boolean required, boolean vantage) {
  private static final Duration MAX_AGE = Duration.ofHours(1);

  /** Those of the {@code [heartbeat]} table. */
  static ImmutableList<HeartbeatTable> read(TomlSection table) {
    Unique names = new Unique("each mirror has a name of its own");
    Unique files = new Unique("each mirror has a file of its own");
    return table.tables("mirror").stream()
        .map(mirror -> read(mirror, names, files))
        .collect(toImmutableList());
  }

  private static HeartbeatTable read(TomlSection table, Unique names, Unique files) {
    return new HeartbeatTable(
        files.add(
            table
                .absolutePath("file")
                .required("\"/srv/backup/data/.relais-site.heartbeat.json\"")),
        names.add(table.string("name").required("\"site\"").map(Names::parse)),
        table.duration("max_age").or(MAX_AGE),
        table.bool("required").or(false),
        table.bool("vantage").or(true));
  }

  /** After all mistakes are out. */
  HeartbeatConfig toConfig() {
    return new HeartbeatConfig(file.get(), name.get(), maxAge, required, vantage);
  }
}
