package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One mirror whose freshness counts: a {@code [[heartbeat.mirror]]} table.
 *
 * @param file that sync-agent writes next to the mirror
 * @param name of the mirror, which must be the one in the file
 * @param maxAge of the oldest change that may be missing from the copy
 * @param required whether an absent file is a stale one also before it was seen once
 * @param vantage whether its arrival is a sign that production is alive
 */
public record HeartbeatConfig(
    Path file, String name, Duration maxAge, boolean required, boolean vantage) {
  private static final Duration MAX_AGE = Duration.ofMinutes(15);

  /** Reads those of the {@code [heartbeat]} table. */
  static ImmutableList<Supplier<HeartbeatConfig>> readAll(TomlSection table) {
    UniqueValues names = new UniqueValues("each mirror has a name of its own");
    UniqueValues files = new UniqueValues("each mirror has a file of its own");
    return table.tables("mirror").stream()
        .map(mirror -> read(mirror, names, files))
        .collect(toImmutableList());
  }

  private static Supplier<HeartbeatConfig> read(
      TomlSection table, UniqueValues names, UniqueValues files) {
    Setting<Path> file =
        files.add(
            table
                .absolutePath("file")
                .required("\"/srv/backup/data/.relais-site.heartbeat.json\""));
    Setting<String> name =
        names.add(table.string("name").required("\"site\"").map(Converters::label));
    Duration maxAge = table.duration("max_age").or(MAX_AGE);
    boolean required = table.bool("required").or(false);
    boolean vantage = table.bool("vantage").or(true);
    return () -> new HeartbeatConfig(file.get(), name.get(), maxAge, required, vantage);
  }
}
