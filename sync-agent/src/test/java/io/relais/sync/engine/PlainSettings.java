package io.relais.sync.engine;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.source.ExcludeRules;
import io.relais.sync.source.LinkPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A mirror's settings for a test: the product's defaults, without heartbeats and deltas, but for
 * what the test says.
 */
public final class PlainSettings {
  private final Path source;
  private final Path state;
  private boolean delete = true;
  private Exclusion exclusion = ExcludeRules.NONE;
  private DeleteGuard guard = new DeleteGuard(0.5, 100);
  private boolean consistent;
  private Duration fullScan = Duration.ofHours(1);
  private Optional<Duration> heartbeat = Optional.empty();
  private long deltaMin = Long.MAX_VALUE;
  private boolean verifyDeltas;
  private DriftPolicy drift = DriftPolicy.REPAIR;
  private Optional<Duration> checksumScan = Optional.empty();

  public PlainSettings(Path source, Path state) {
    this.source = source;
    this.state = state;
  }

  public static MirrorSettings of(Path source, Path state) {
    return new PlainSettings(source, state).get();
  }

  @CanIgnoreReturnValue
  PlainSettings delete(boolean value) {
    delete = value;
    return this;
  }

  @CanIgnoreReturnValue
  PlainSettings exclusion(Exclusion value) {
    exclusion = value;
    return this;
  }

  @CanIgnoreReturnValue
  PlainSettings guard(double share, long entries) {
    guard = new DeleteGuard(share, entries);
    return this;
  }

  @CanIgnoreReturnValue
  public PlainSettings consistent(boolean value) {
    consistent = value;
    return this;
  }

  @CanIgnoreReturnValue
  PlainSettings fullScan(Duration value) {
    fullScan = value;
    return this;
  }

  @CanIgnoreReturnValue
  PlainSettings heartbeat(Duration value) {
    heartbeat = Optional.of(value);
    return this;
  }

  @CanIgnoreReturnValue
  public PlainSettings deltas(long min, boolean verify) {
    deltaMin = min;
    verifyDeltas = verify;
    return this;
  }

  @CanIgnoreReturnValue
  public PlainSettings drift(DriftPolicy value) {
    drift = value;
    return this;
  }

  @CanIgnoreReturnValue
  public PlainSettings checksumScan(Duration value) {
    checksumScan = Optional.of(value);
    return this;
  }

  public MirrorSettings get() {
    return new MirrorSettings(
        "site",
        source,
        LinkPolicy.PRESERVE,
        delete,
        exclusion,
        guard,
        consistent,
        fullScan,
        state,
        "resume",
        heartbeat,
        deltaMin,
        verifyDeltas,
        drift,
        checksumScan);
  }
}
