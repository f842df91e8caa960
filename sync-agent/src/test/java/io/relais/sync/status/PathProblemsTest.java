package io.relais.sync.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class PathProblemsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final RelPath A = RelPath.ofLatin1("a");
  private static final RelPath B = RelPath.ofLatin1("b");

  private final PathProblems pathProblems = new PathProblems();

  @Test
  void eachPathHasABackoffOfItsOwn() {
    pathProblems.failed(A, "a: no", false, NOW);
    pathProblems.failed(A, "a: no", false, NOW);
    pathProblems.failed(B, "b: no", true, NOW);

    assertThat(pathProblems.due(NOW.plusSeconds(2), false)).isEmpty();
    assertThat(pathProblems.due(NOW.plusSeconds(2), true)).containsExactly(B);
    assertThat(pathProblems.due(NOW.plusSeconds(4), false)).containsExactly(A);
  }

  @Test
  void neverWaitsLongerThanTenMinutes() {
    for (int i = 0; i < 80; i++) {
      pathProblems.failed(A, "a: no", false, NOW);
    }

    assertThat(pathProblems.nextTry()).contains(NOW.plus(Duration.ofMinutes(10)));
  }

  @Test
  void whatWasLookedAtAndDidNotFailAgainIsFine() {
    pathProblems.failed(A, "a: no", false, NOW);
    pathProblems.failed(B, "b: no", false, NOW);
    pathProblems.endCycle(path -> true);
    assertThat(pathProblems.all()).containsOnlyKeys(A, B);

    pathProblems.failed(B, "b: no", false, NOW);
    pathProblems.endCycle(path -> true);

    assertThat(pathProblems.all()).containsOnlyKeys(B);
  }

  @Test
  void whatWasNotLookedAtStays() {
    pathProblems.failed(A, "a: no", false, NOW);
    pathProblems.endCycle(path -> true);

    pathProblems.endCycle(B::equals);

    assertThat(pathProblems.all()).containsOnlyKeys(A);
  }

  @Test
  void aPathThatKeepsChangingBecomesAProblem() {
    assertThat(pathProblems.changed(A, "a: changed", NOW)).isTrue();
    assertThat(pathProblems.changed(A, "a: changed", NOW)).isTrue();
    assertThat(pathProblems.changed(A, "a: changed", NOW)).isTrue();
    assertThat(pathProblems.all()).isEmpty();

    assertThat(pathProblems.changed(A, "a: changed", NOW)).isFalse();
    assertThat(pathProblems.all()).containsOnlyKeys(A);
  }

  @Test
  void aFileThatChangedForLongIsTriedSoonAfterItIsQuiet() {
    for (int i = 0; i < 80; i++) {
      pathProblems.changed(A, "a: changed", NOW);
    }
    assertThat(pathProblems.nextTry()).contains(NOW.plusSeconds(8));

    pathProblems.trying(A, NOW.plusSeconds(8));
    assertThat(pathProblems.nextTry()).contains(NOW.plusSeconds(16));
  }

  @Test
  void aPathThatWasSentMayChangeAgain() {
    pathProblems.changed(A, "a: changed", NOW);
    pathProblems.changed(A, "a: changed", NOW);
    pathProblems.changed(A, "a: changed", NOW);
    pathProblems.solved(A);

    assertThat(pathProblems.changed(A, "a: changed", NOW)).isTrue();
  }

  @Test
  void comparesEverythingAgainWhereMoreFailedThanItKeepsInMind() {
    for (int i = 0; i < 3 * PathProblems.MOST; i++) {
      pathProblems.failed(RelPath.ofLatin1("f" + i), "no", false, NOW);
    }

    assertThat(pathProblems.all()).hasSize(PathProblems.MOST + 1);
    assertThat(pathProblems.all().get(RelPath.ROOT))
        .satisfies(root -> assertThat(root.why()).contains("more than 20,000 paths failed"));
    assertThat(pathProblems.due(NOW.plusSeconds(2), true)).containsExactly(RelPath.ROOT);
    assertThat(pathProblems.failedNow()).isEqualTo(3L * PathProblems.MOST + 1);

    pathProblems.endCycle(path -> true);
    pathProblems.endCycle(path -> true);
    assertThat(pathProblems.all()).isEmpty();
  }
}
