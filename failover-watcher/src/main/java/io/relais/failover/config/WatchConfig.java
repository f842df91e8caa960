package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.probe.ProbeSpec;
import java.util.Optional;
import java.util.function.Supplier;

/** Something that is only watched: a {@code [[watch]]} table. */
public record WatchConfig(
    String name, int failures, int successes, Quantifier require, ImmutableList<Target> targets) {
  private static final int FAILURES = 4;
  private static final int SUCCESSES = 3;

  /**
   * One probe.
   *
   * @param address where it is asked (a name or an address), if not where the probe itself says
   */
  public record Target(ProbeSpec probe, Optional<String> address) {}

  static ImmutableList<Supplier<WatchConfig>> readAll(TomlSection root, ConfigContext context) {
    UniqueValues names = new UniqueValues("give each [[watch]] its own 'name'");
    return root.tables("watch").stream()
        .map(table -> read(table, names, context))
        .collect(toImmutableList());
  }

  private static Supplier<WatchConfig> read(
      TomlSection table, UniqueValues names, ConfigContext context) {
    Setting<String> name =
        names.add(table.string("name").required("\"backup\"").map(Converters::label));
    int failures = table.integer("failures").map(Converters.atLeast(1)).or(FAILURES);
    int successes = table.integer("successes").map(Converters.atLeast(1)).or(SUCCESSES);
    Quantifier require = table.oneOf("require", Quantifier.class).or(Quantifier.ALL);
    UniqueValues probeNames = new UniqueValues("give each probe its own 'name'");
    ImmutableList<Supplier<Target>> targets =
        ProbeReader.tables(table).stream()
            .flatMap(probe -> target(probe, probeNames, context).stream())
            .collect(toImmutableList());
    return () -> new WatchConfig(name.get(), failures, successes, require, Settings.all(targets));
  }

  private static Optional<Supplier<Target>> target(
      TomlSection table, UniqueValues names, ConfigContext context) {
    Setting<String> address = table.string("address").map(Converters::hostNameOrAddress);
    return ProbeReader.read(table, ProbeReader.Use.WATCH, names, context)
        .map(probe -> () -> new Target(probe.spec().get(), address.value()));
  }
}
