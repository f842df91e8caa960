package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two thousand random changes, with every default: first while the link breaks again and again,
 * then over one that holds, so that no comparison after a break can put right what was missed. The
 * seed is printed; {@code -Drelais.seed=N} sets it.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class ChurnTest {
  private static final int CHANGES_OVER_A_BROKEN_LINK = 1_200;
  private static final int QUIET_PHASES = 8;
  private static final int CHANGES_IN_A_QUIET_PHASE = 100;

  @TempDir Path directory;

  @Test
  void treesAreEqualAfterTwoThousandChanges() throws Exception {
    long seed = Long.getLong("relais.seed", new Random().nextInt(1_000_000));
    System.out.println("ChurnTest: relais.seed=" + seed);
    try (Rig rig = Rig.in(directory, "")) {
      Contents contents = new Contents(rig.source());
      Churn churn = new Churn(rig.source(), contents, seed);
      churn.begin();
      rig.startAgent();
      rig.awaitEqual(Duration.ofSeconds(60));
      TargetReader reader = new TargetReader(rig.target(), contents);
      try (reader) {
        Random pace = new Random(seed + 1);
        runOverABrokenLink(churn, rig, pace, seed);
        rig.awaitEqual(Duration.ofMinutes(3));
        for (int i = 0; i < QUIET_PHASES; i++) {
          run(churn, CHANGES_IN_A_QUIET_PHASE, pace);
          rig.awaitEqual(Duration.ofMinutes(1));
        }
      }
      assertThat(reader.findings()).as("seed %d: what a reader saw", seed).isEmpty();
      assertThat(reader.filesRead()).as("files that a reader saw").isGreaterThan(1_000);
      assertThat(rig.status("site", "failed_paths")).as("%s", rig.said()).isEqualTo("0");
      rig.stopAgent();
      assertThat(Listing.temporaries(rig.bed().data())).as("seed %d: temporaries", seed).isEmpty();
    }
  }

  private static void runOverABrokenLink(Churn churn, Rig rig, Random pace, long seed)
      throws IOException, InterruptedException {
    Outages outages = new Outages(rig.bed().proxy(), seed + 2);
    try (outages) {
      run(churn, CHANGES_OVER_A_BROKEN_LINK, pace);
    }
    assertThat(outages.count()).as("outages").isGreaterThan(3);
  }

  private static void run(Churn churn, int changes, Random pace)
      throws IOException, InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    for (int i = 0; i < changes; i++) {
      churn.step();
      boolean paused =
          pace.nextInt(4) == 0 && never.await(pace.nextInt(100), TimeUnit.MILLISECONDS);
      assertThat(paused).isFalse();
    }
  }
}
