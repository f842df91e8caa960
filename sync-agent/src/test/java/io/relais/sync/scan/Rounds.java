package io.relais.sync.scan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.relais.sync.engine.Cycle;
import io.relais.sync.engine.DeleteGuardMonitor;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.PlainSettings;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.PathProblems;
import io.relais.sync.transfer.TransferProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Rounds of a mirror with nothing around them, from a real source to whatever target. */
public final class Rounds {
  private final Path source;
  private final Path state;
  private final long deltaMin;
  private final InstantSource clock;
  private final LinkPolicy links;
  private final InMemoryIndex index = new InMemoryIndex();
  private DriftPolicy drift = DriftPolicy.REPAIR;

  /**
   * Begins with an empty index.
   *
   * @param deltaMin bytes of the smallest file of which only what changed is sent
   */
  public Rounds(Path source, Path state, long deltaMin, InstantSource clock) {
    this(source, state, deltaMin, clock, LinkPolicy.PRESERVE);
  }

  /** The same where symlinks of the source may be followed. */
  public Rounds(Path source, Path state, long deltaMin, InstantSource clock, LinkPolicy links) {
    this.links = links;
    this.source = source;
    this.state = state;
    this.deltaMin = deltaMin;
    this.clock = clock;
  }

  /** What is done from now on about what somebody else has changed at the target. */
  public Rounds drift(DriftPolicy policy) {
    drift = policy;
    return this;
  }

  /** Looks at everything, as after a restart. */
  public void all(SyncTarget target, TemporaryNameGenerator names) throws IOException {
    run(ScanScope.EVERYTHING, target, names, false);
  }

  /** Looks at what changed; the first time at everything. */
  public void hinted(
      SyncTarget target, TemporaryNameGenerator names, boolean verify, Set<RelPath> hints)
      throws IOException {
    boolean first = index.get(RelPath.ROOT) == null;
    ScanScope scanScope =
        new ScanScope(ImmutableSet.copyOf(hints), ImmutableSet.of(), ImmutableSet.of());
    run(first ? ScanScope.EVERYTHING : scanScope, target, names, verify);
  }

  /**
   * Looks at everything, where not all of it can be mirrored.
   *
   * @return what is said of each path that can't
   */
  public Map<RelPath, String> problems(SyncTarget target, TemporaryNameGenerator names)
      throws IOException {
    return carryOut(ScanScope.EVERYTHING, target, names, true, _ -> {});
  }

  /** Looks at what changed, where not all of it can be mirrored. */
  public Map<RelPath, String> problemsAt(
      SyncTarget target, TemporaryNameGenerator names, Set<RelPath> hints) throws IOException {
    ScanScope scanScope =
        new ScanScope(ImmutableSet.copyOf(hints), ImmutableSet.of(), ImmutableSet.of());
    return carryOut(scanScope, target, names, true, _ -> {});
  }

  private void run(
      ScanScope scanScope, SyncTarget target, TemporaryNameGenerator names, boolean verify)
      throws IOException {
    assertThat(
            carryOut(
                scanScope,
                target,
                names,
                verify,
                path -> {
                  throw new AssertionError(path + " is to be looked at again");
                }))
        .isEmpty();
  }

  private Map<RelPath, String> carryOut(
      ScanScope scanScope,
      SyncTarget target,
      TemporaryNameGenerator names,
      boolean verify,
      Consumer<RelPath> again)
      throws IOException {
    MirrorSettings settings = settings(verify);
    PathProblems pathProblems = new PathProblems();
    DeleteGuardMonitor deleteGuardMonitor = new DeleteGuardMonitor(settings, index);
    Cycle cycle =
        new Cycle(
            settings, index, deleteGuardMonitor, pathProblems, names, clock, () -> false, Set::of);
    try (LinuxSourceTree tree = LinuxSourceTree.open(source, links)) {
      Cycle.Outcome outcome = cycle.run(scanScope, tree, target, observer(again));
      assertThat(outcome.failed()).isLessThanOrEqualTo(pathProblems.all().size());
      return Maps.transformValues(pathProblems.all(), PathProblems.Problem::why);
    }
  }

  private MirrorSettings settings(boolean verify) {
    return new PlainSettings(source, state).deltas(deltaMin, verify).drift(drift).get();
  }

  private static Cycle.Observer observer(Consumer<RelPath> again) {
    return new Cycle.Observer() {
      @Override
      public void transferring(TransferProgress transferProgress) {}

      @Override
      public void again(RelPath path) {
        again.accept(path);
      }

      @Override
      public void later(RelPath path) {}
    };
  }
}
