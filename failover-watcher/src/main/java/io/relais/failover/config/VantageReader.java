package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Reads vantages: {@code [[vantage]]} and {@code [[backup.vantage]]}. */
final class VantageReader {
  private static final TableVariants VARIANTS =
      TableVariants.of("a vantage", "command name timeout", "url name timeout allow_http");
  private static final Duration TIMEOUT = Duration.ofSeconds(8);

  private VantageReader() {}

  /**
   * Reads those of a table.
   *
   * @param check of each word of a command
   */
  static ImmutableList<Supplier<VantageConfig>> readAll(
      TomlSection owner, Consumer<Setting<String>> check, ConfigContext context) {
    UniqueValues names = new UniqueValues("give each vantage its own 'name'");
    return owner.tables("vantage").stream()
        .flatMap(
            table ->
                VARIANTS.choose(table).stream()
                    .map(variant -> read(table, variant, names, check, context)))
        .collect(toImmutableList());
  }

  private static Supplier<VantageConfig> read(
      TomlSection table,
      String variant,
      UniqueValues names,
      Consumer<Setting<String>> check,
      ConfigContext context) {
    Setting<String> name =
        names.add(table.string("name").required("\"vps\"").map(Converters::label));
    if (variant.equals("url")) {
      Setting<URI> url = context.httpsUrl(table, "url", "others could answer in its place");
      Duration timeout = table.duration("timeout").or(TIMEOUT);
      return () -> new VantageConfig.Http(name.get(), url.get(), timeout);
    }
    ImmutableList<Setting<String>> command = CommandReader.words(table.strings("command"));
    command.forEach(check);
    Duration timeout = table.duration("timeout").or(TIMEOUT);
    return () -> new VantageConfig.Command(name.get(), Settings.all(command), timeout);
  }
}
