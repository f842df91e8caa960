package io.relais.sync.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.RandomTrees;
import io.relais.sync.path.RelPath;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** A seed that fails is printed; {@code -Drelais.seed=N} begins with it. */
final class PlanPropertiesTest {
  private static final int RUNS = 1_000;

  @Test
  void makesTheTargetEqualWhateverItWasAndWhereverItWasStopped() {
    long first = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("relais.seed=" + first);
    for (long seed = first; seed < first + RUNS; seed++) {
      try {
        live(new Random(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Drelais.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** One mirror's life: a first sync, changes while it is trusted, drift and a damaged index. */
  private static void live(Random random) {
    SyncRules syncRules =
        new SyncRules(
            random.nextInt(3) > 0,
            random.nextBoolean(),
            random.nextInt(3) == 0 ? SyncRules.Exclusion.NONE : PlanPropertiesTest::isExcluded);
    RandomTrees trees = new RandomTrees(random);
    FakeMirror mirror = new FakeMirror(syncRules, trees.source());
    if (random.nextInt(4) > 0) {
      mirror.target.tree.putAll(trees.target());
    }
    mirror.streams = random.nextBoolean();
    mirror.runStopped(true, random);
    mirror.converge(true);

    trees.rewriteWithinTheSecond(mirror.source, mirror.index);
    trees.mutate(mirror.source);
    mirror.runStopped(false, random);
    mirror.converge(false);
    trees.touchRewritten(mirror.source);
    mirror.converge(false);

    trees.mutate(mirror.source);
    trees.drift(mirror.target.tree);
    trees.forget(mirror.index);
    mirror.runStopped(true, random);
    mirror.converge(true);

    trees.mutate(mirror.source);
    mirror.runWithoutDeletes(random.nextBoolean());
    mirror.converge(false);
    assertThat(mirror.plan(true).steps()).isEmpty();
  }

  private static boolean isExcluded(RelPath path, boolean directory) {
    return path.name().equals("x") || (directory && path.name().equals("cache"));
  }
}
