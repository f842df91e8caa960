package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.plan.RelPath;
import io.relais.sync.scan.LinkPolicy;
import io.relais.sync.scan.LinuxSourceTree;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TemporaryNamer;
import io.relais.sync.transfer.Progress;
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
  Rounds(Path source, Path state, long deltaMin, InstantSource clock, LinkPolicy links) {
    this.links = links;
    this.source = source;
    this.state = state;
    this.deltaMin = deltaMin;
    this.clock = clock;
  }

  /** What is done from now on about what somebody else has changed at the target. */
  Rounds drift(DriftPolicy policy) {
    drift = policy;
    return this;
  }

  /** Looks at everything, as after a restart. */
  public void all(SyncTarget target, TemporaryNamer names) throws IOException {
    run(Scope.EVERYTHING, target, names, false);
  }

  /** Looks at what changed; the first time at everything. */
  public void hinted(SyncTarget target, TemporaryNamer names, boolean verify, Set<RelPath> hints)
      throws IOException {
    boolean first = index.get(RelPath.ROOT) == null;
    Scope scope = new Scope(ImmutableSet.copyOf(hints), ImmutableSet.of(), ImmutableSet.of());
    run(first ? Scope.EVERYTHING : scope, target, names, verify);
  }

  /**
   * Looks at everything, where not all of it can be mirrored.
   *
   * @return what is said of each path that can't
   */
  public Map<RelPath, String> problems(SyncTarget target, TemporaryNamer names) throws IOException {
    return carryOut(Scope.EVERYTHING, target, names, true, _ -> {});
  }

  /** Looks at what changed, where not all of it can be mirrored. */
  Map<RelPath, String> problemsAt(SyncTarget target, TemporaryNamer names, Set<RelPath> hints)
      throws IOException {
    Scope scope = new Scope(ImmutableSet.copyOf(hints), ImmutableSet.of(), ImmutableSet.of());
    return carryOut(scope, target, names, true, _ -> {});
  }

  private void run(Scope scope, SyncTarget target, TemporaryNamer names, boolean verify)
      throws IOException {
    assertThat(
            carryOut(
                scope,
                target,
                names,
                verify,
                path -> {
                  throw new AssertionError(path + " is to be looked at again");
                }))
        .isEmpty();
  }

  private Map<RelPath, String> carryOut(
      Scope scope, SyncTarget target, TemporaryNamer names, boolean verify, Consumer<RelPath> again)
      throws IOException {
    MirrorSettings settings = settings(verify);
    Problems problems = new Problems();
    Guardian guardian = new Guardian(settings, index);
    Cycle cycle =
        new Cycle(settings, index, guardian, problems, names, clock, () -> false, Set::of);
    try (LinuxSourceTree tree = LinuxSourceTree.open(source, links)) {
      Cycle.Outcome outcome = cycle.run(scope, tree, target, observer(again));
      assertThat(outcome.failed()).isLessThanOrEqualTo(problems.all().size());
      return Maps.transformValues(problems.all(), Problems.Problem::why);
    }
  }

  private MirrorSettings settings(boolean verify) {
    return new PlainSettings(source, state).deltas(deltaMin, verify).drift(drift).get();
  }

  private static Cycle.Observer observer(Consumer<RelPath> again) {
    return new Cycle.Observer() {
      @Override
      public void transferring(Progress progress) {}

      @Override
      public void again(RelPath path) {
        again.accept(path);
      }

      @Override
      public void later(RelPath path) {}
    };
  }
}
