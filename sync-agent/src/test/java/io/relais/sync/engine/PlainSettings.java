package io.relais.sync.engine;

import io.relais.sync.plan.DeleteGuard;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.scan.ExcludeRules;
import io.relais.sync.scan.LinkPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Of a mirror that takes all there is, and whose guard lets it. */
final class PlainSettings {
  private PlainSettings() {}

  /** With neither a heartbeat nor deltas. */
  static MirrorSettings of(Path source, Path state) {
    return of(source, state, Optional.empty(), Long.MAX_VALUE, false);
  }

  static MirrorSettings of(
      Path source, Path state, Optional<Duration> heartbeat, long deltaMin, boolean verifyDeltas) {
    return new MirrorSettings(
        "site",
        source,
        LinkPolicy.PRESERVE,
        true,
        ExcludeRules.NONE,
        new DeleteGuard(1, 1000),
        false,
        Duration.ofHours(1),
        state,
        "resume",
        heartbeat,
        deltaMin,
        verifyDeltas,
        DriftPolicy.REPAIR,
        Optional.empty());
  }
}
