package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One {@code [[vantage]]} or {@code [[backup.vantage]]} table as it was read; exactly one of url
 * and command is there.
 */
record VantageTable(
    Setting<String> name, Optional<Setting<URI>> url, CommandText command, Duration timeout) {
  private static final Kinds KINDS =
      Kinds.of("a vantage", "command name timeout", "url name timeout allow_http");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}]*}?");
  private static final Duration TIMEOUT = Duration.ofSeconds(8);

  /** All of a list of them. */
  static ImmutableList<VantageTable> readAll(TomlSection owner, Reading reading) {
    Unique names = new Unique("give each vantage its own 'name'");
    return owner.tables("vantage").stream()
        .flatMap(table -> read(table, names, reading).stream())
        .collect(toImmutableList());
  }

  private static Optional<VantageTable> read(TomlSection table, Unique names, Reading reading) {
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

  /** Notes placeholders that are none, of one that looks at the backup. */
  VantageTable checkPlaceholders() {
    for (Setting<String> word : command.written()) {
      word.value()
          .filter(
              text ->
                  PLACEHOLDER
                      .matcher(text)
                      .results()
                      .anyMatch(found -> !found.group().equals(BackupConfig.ADDRESS)))
          .ifPresent(
              _ ->
                  word.problem(
                      "only ${address} stands for something here, the backup's public address;"
                          + " correct it, or leave it out"));
    }
    return this;
  }

  /** After all mistakes are out. */
  VantageConfig toConfig() {
    return url.<VantageConfig>map(asked -> new VantageConfig.Http(name.get(), asked.get(), timeout))
        .orElseGet(() -> new VantageConfig.Command(name.get(), command.words(), timeout));
  }
}
