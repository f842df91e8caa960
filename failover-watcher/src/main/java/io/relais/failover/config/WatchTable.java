package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.util.Optional;

/** One {@code [[watch]]} table as it was read. */
record WatchTable(
    Setting<String> name,
    int failures,
    int successes,
    Quantifier require,
    ImmutableList<Target> targets) {
  private static final int FAILURES = 4;
  private static final int SUCCESSES = 3;

  /** One {@code [[watch.probe]]}. */
  record Target(ProbeTable probe, Setting<String> address) {}

  static WatchTable read(TomlSection table, Unique names, Reading reading) {
    return new WatchTable(
        names.add(table.string("name").required("\"backup\"").map(Names::parse)),
        table.integer("failures").map(Limits::atLeastOne).or(FAILURES),
        table.integer("successes").map(Limits::atLeastOne).or(SUCCESSES),
        table.oneOf("require", Quantifier.class).or(Quantifier.ALL),
        targets(table, reading));
  }

  private static ImmutableList<Target> targets(TomlSection table, Reading reading) {
    ImmutableList<TomlSection> tables = table.tables("probe");
    if (!table.has("probe")) {
      table.problem(
          "[[watch]] has no probe; add [[watch.probe]] with url = \"https://www.example.org/\"");
    }
    Unique names = new Unique("give each probe its own 'name'");
    ImmutableList<Target> targets =
        tables.stream()
            .flatMap(probe -> target(probe, reading).stream())
            .collect(toImmutableList());
    targets.forEach(target -> target.probe.checkName(names));
    return targets;
  }

  private static Optional<Target> target(TomlSection table, Reading reading) {
    Setting<String> address = table.string("address").map(HostText::nameOrAddress);
    return ProbeTable.read(table, ProbeTable.Use.WATCH, reading)
        .map(probe -> new Target(probe, address));
  }

  /** After all mistakes are out. */
  WatchConfig toConfig() {
    return new WatchConfig(
        name.get(),
        failures,
        successes,
        require,
        targets.stream()
            .map(target -> new WatchConfig.Target(target.probe.toSpec(), target.address.value()))
            .collect(toImmutableList()));
  }
}
