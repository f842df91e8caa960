package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.Printable;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.probe.ProbeSpec;
import java.util.Optional;

/** The {@code [canaries]} and {@code [[canary]]} tables as they were read. */
record CanaryTables(Setting<Integer> written, ImmutableList<ProbeTable> probes) {
  private static final int NEEDED = 2;
  private static final String HARM =
      "when the backup's own line is down, production looks down too, and nothing would tell the"
          + " difference";

  static CanaryTables read(TomlSection root, Optional<SiteTable> site, Reading reading) {
    Setting<Integer> needed = root.table("canaries").integer("needed").map(Limits::notNegative);
    ImmutableList<TomlSection> tables = root.tables("canary");
    Unique names = new Unique("give each its own 'name', and let no place count twice");
    ImmutableList<ProbeTable> probes =
        tables.stream()
            .flatMap(table -> ProbeTable.read(table, ProbeTable.Use.CANARY, reading).stream())
            .collect(toImmutableList());
    probes.forEach(probe -> probe.checkName(names));
    CanaryTables canaries = new CanaryTables(needed, probes);
    canaries.checkCount(root, tables.size(), reading);
    site.ifPresent(canaries::checkPlaces);
    return canaries;
  }

  private void checkCount(TomlSection root, int count, Reading reading) {
    int needed = needed();
    if (needed == 0) {
      if (count > 0) {
        written.problem(
            "'canaries.needed' is 0, and there are canaries; write how many must answer");
      } else {
        reading.warn(written, "there is no canary: " + HARM);
      }
    } else if (count == 0) {
      if (!root.has("canary")) {
        written.problem(
            ("there is no canary: %s; add [[canary]] tables with url or tcp, of %d independent"
                    + " places at least, or write needed = 0 below [canaries]")
                .formatted(HARM, needed));
      }
    } else if (count < needed) {
      written.problem(
          ("%d canaries must answer ('canaries.needed'), and there %s %d; add [[canary]]"
                  + " tables, or lower needed")
              .formatted(needed, count == 1 ? "is" : "are", count));
    }
  }

  /** What shares its fate with production says nothing of the line. */
  private void checkPlaces(SiteTable site) {
    for (ProbeTable probe : probes) {
      if (probe.host().filter(site::isProduction).isPresent()) {
        probe
            .subject()
            .problem(
                "%s is production itself, which is no canary; name a place elsewhere"
                    .formatted(Printable.quoted(probe.host().orElseThrow())));
      }
    }
  }

  int needed() {
    return written.or(NEEDED);
  }

  /** After all mistakes are out. */
  ImmutableList<ProbeSpec> toSpecs() {
    return probes.stream().map(ProbeTable::toSpec).collect(toImmutableList());
  }
}
