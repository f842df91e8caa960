package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.RelPath;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ProblemsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final RelPath A = RelPath.ofLatin1("a");
  private static final RelPath B = RelPath.ofLatin1("b");

  private final Problems problems = new Problems();

  @Test
  void eachPathHasABackoffOfItsOwn() {
    problems.failed(A, "a: no", false, NOW);
    problems.failed(A, "a: no", false, NOW);
    problems.failed(B, "b: no", true, NOW);

    assertThat(problems.due(NOW.plusSeconds(2), false)).isEmpty();
    assertThat(problems.due(NOW.plusSeconds(2), true)).containsExactly(B);
    assertThat(problems.due(NOW.plusSeconds(4), false)).containsExactly(A);
  }

  @Test
  void neverWaitsLongerThanTenMinutes() {
    for (int i = 0; i < 80; i++) {
      problems.failed(A, "a: no", false, NOW);
    }

    assertThat(problems.nextTry()).contains(NOW.plus(Duration.ofMinutes(10)));
  }

  @Test
  void whatWasLookedAtAndDidNotFailAgainIsFine() {
    problems.failed(A, "a: no", false, NOW);
    problems.failed(B, "b: no", false, NOW);
    problems.endCycle(path -> true);
    assertThat(problems.all()).containsOnlyKeys(A, B);

    problems.failed(B, "b: no", false, NOW);
    problems.endCycle(path -> true);

    assertThat(problems.all()).containsOnlyKeys(B);
  }

  @Test
  void whatWasNotLookedAtStays() {
    problems.failed(A, "a: no", false, NOW);
    problems.endCycle(path -> true);

    problems.endCycle(B::equals);

    assertThat(problems.all()).containsOnlyKeys(A);
  }

  @Test
  void aPathThatKeepsChangingBecomesAProblem() {
    assertThat(problems.changed(A, "a: changed", NOW)).isTrue();
    assertThat(problems.changed(A, "a: changed", NOW)).isTrue();
    assertThat(problems.changed(A, "a: changed", NOW)).isTrue();
    assertThat(problems.all()).isEmpty();

    assertThat(problems.changed(A, "a: changed", NOW)).isFalse();
    assertThat(problems.all()).containsOnlyKeys(A);
  }

  @Test
  void aFileThatChangedForLongIsTriedSoonAfterItIsQuiet() {
    for (int i = 0; i < 80; i++) {
      problems.changed(A, "a: changed", NOW);
    }
    assertThat(problems.nextTry()).contains(NOW.plusSeconds(8));

    problems.trying(A, NOW.plusSeconds(8));
    assertThat(problems.nextTry()).contains(NOW.plusSeconds(16));
  }

  @Test
  void aPathThatWasSentMayChangeAgain() {
    problems.changed(A, "a: changed", NOW);
    problems.changed(A, "a: changed", NOW);
    problems.changed(A, "a: changed", NOW);
    problems.solved(A);

    assertThat(problems.changed(A, "a: changed", NOW)).isTrue();
  }

  @Test
  void comparesEverythingAgainWhereMoreFailedThanItKeepsInMind() {
    for (int i = 0; i < 3 * Problems.MOST; i++) {
      problems.failed(RelPath.ofLatin1("f" + i), "no", false, NOW);
    }

    assertThat(problems.all()).hasSize(Problems.MOST + 1);
    assertThat(problems.all().get(RelPath.ROOT))
        .satisfies(root -> assertThat(root.why()).contains("more than 20,000 paths failed"));
    assertThat(problems.due(NOW.plusSeconds(2), true)).containsExactly(RelPath.ROOT);
    assertThat(problems.failedNow()).isEqualTo(3L * Problems.MOST + 1);

    problems.endCycle(path -> true);
    problems.endCycle(path -> true);
    assertThat(problems.all()).isEmpty();
  }
}
