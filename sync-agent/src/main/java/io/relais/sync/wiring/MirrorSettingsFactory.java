package io.relais.sync.wiring;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.source.ExcludeRules;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What the configuration says about each mirror, and what follows from it. */
public record MirrorSettingsFactory(AgentConfig config, Path configFile) {
  /** The name of the mirror of one source at one target. */
  static String name(SyncConfig sync, TargetAddress target) {
    return sync.targets().size() == 1 ? sync.name() : sync.name() + "@" + target.host();
  }

  /** The names of all mirrors. */
  public static ImmutableList<String> names(AgentConfig config) {
    return config.syncs().stream()
        .flatMap(sync -> sync.targets().stream().map(target -> name(sync, target)))
        .collect(ImmutableList.toImmutableList());
  }

  /** All mirrors. */
  public ImmutableList<MirrorSettings> all() {
    return config.syncs().stream()
        .flatMap(sync -> sync.targets().stream().map(target -> of(sync, target)))
        .collect(ImmutableList.toImmutableList());
  }

  /** One mirror. */
  MirrorSettings of(SyncConfig sync, TargetAddress target) {
    ExcludeRules exclude = ExcludeRules.of(sync.exclude());
    String name = name(sync, target);
    return new MirrorSettings(
        name,
        sync.source(),
        sync.links(),
        sync.delete(),
        exclude,
        sync.deleteGuard(),
        sync.consistent(),
        config.fullScan(),
        directory(sync, target),
        "sync-agent -c " + configFile.toAbsolutePath() + " resume " + name,
        config.heartbeat(),
        sync.deltas().minBytes(),
        sync.deltas().verify(),
        sync.drift(),
        sync.checksumScan());
  }

  /** A directory of its own for each pair, so that a new target begins with an empty index. */
  private Path directory(SyncConfig sync, TargetAddress target) {
    String pair = sync.source() + "\n" + target;
    String digits =
        Hashing.sha256().hashString(pair, StandardCharsets.UTF_8).toString().substring(0, 8);
    return config.stateDirectory().resolve(sync.name() + "-" + digits);
  }
}
