package io.relais.sync.config;

import io.relais.common.Printable;
import io.relais.common.toml.Setting;
import io.relais.sync.config.SyncConfig.TargetAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * Notes where tables get in each other's way: two mirrors that write the same target delete each
 * other's files, and two that read the same source send everything twice.
 */
final class Overlaps {
  private Overlaps() {}

  static void check(List<SyncTable> syncs) {
    for (int i = 0; i < syncs.size(); i++) {
      SyncTable sync = syncs.get(i);
      targetsOfOne(sync);
      for (SyncTable earlier : syncs.subList(0, i)) {
        names(earlier, sync);
        sources(earlier, sync);
        targets(earlier, sync);
      }
    }
  }

  private static void names(SyncTable earlier, SyncTable later) {
    if (later.name().value().isPresent() && later.name().value().equals(earlier.name().value())) {
      later
          .name()
          .problem(
              "the name '%s' is taken at line %d; choose another"
                  .formatted(later.name().get(), earlier.name().line()));
    }
  }

  private static void sources(SyncTable earlier, SyncTable later) {
    if (earlier.source().value().isEmpty() || later.source().value().isEmpty()) {
      return;
    }
    Path first = earlier.source().get();
    Path second = later.source().get();
    if (first.equals(second)) {
      later
          .source()
          .problem(
              "this is the source of %s too; write targets = [...] there for several targets"
                  .formatted(earlier.called()));
    } else if (second.startsWith(first) || first.startsWith(second)) {
      later
          .source()
          .problem(
              "this source %s the source %s of %s; mirror the outer one only, or keep them apart"
                  .formatted(
                      second.startsWith(first) ? "lies in" : "holds",
                      Printable.quoted(first.toString()),
                      earlier.called()));
    }
  }

  private static void targetsOfOne(SyncTable sync) {
    List<Setting<TargetAddress>> targets = sync.targets();
    for (int i = 0; i < targets.size(); i++) {
      for (Setting<TargetAddress> earlier : targets.subList(0, i)) {
        target(earlier, targets.get(i), "of this table");
      }
    }
  }

  private static void targets(SyncTable earlier, SyncTable later) {
    for (Setting<TargetAddress> target : later.targets()) {
      for (Setting<TargetAddress> other : earlier.targets()) {
        target(other, target, "of " + earlier.called());
      }
    }
  }

  private static void target(
      Setting<TargetAddress> earlier, Setting<TargetAddress> later, String whose) {
    if (earlier.value().isEmpty() || later.value().isEmpty()) {
      return;
    }
    TargetAddress first = earlier.get();
    TargetAddress second = later.get();
    if (!first.host().equals(second.host())) {
      return;
    }
    if (first.equals(second)) {
      later.problem("this is a target %s too; write another path".formatted(whose));
    } else if (first.holds(second) || second.holds(first)) {
      later.problem(
          "this target %s the target '%s' %s; keep them apart"
              .formatted(
                  first.holds(second) ? "lies in" : "holds",
                  Printable.cut(first.toString(), 120),
                  whose));
    }
  }
}
