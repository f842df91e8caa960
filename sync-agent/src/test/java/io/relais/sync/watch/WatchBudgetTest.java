package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WatchBudgetTest {
  private static final Map<RelPath, FileTime> TREE =
      Map.of(
          RelPath.ROOT,
          FileTime.fromMillis(1),
          RelPath.ofLatin1("old"),
          FileTime.fromMillis(2),
          RelPath.ofLatin1("warm"),
          FileTime.fromMillis(5),
          RelPath.ofLatin1("a"),
          FileTime.fromMillis(3),
          RelPath.ofLatin1("a/b"),
          FileTime.fromMillis(4),
          RelPath.ofLatin1("a/b/hot"),
          FileTime.fromMillis(9));

  private static Set<String> choose(int budget) {
    return WatchBudget.choose(TREE, budget).stream()
        .map(RelPath::latin1)
        .collect(Collectors.toSet());
  }

  @Test
  void theHottestComesWithItsParents() {
    assertThat(choose(4)).containsExactlyInAnyOrder("", "a", "a/b", "a/b/hot");
  }

  @Test
  void whatIsLeftGoesToTheNextHottest() {
    assertThat(choose(5)).containsExactlyInAnyOrder("", "a", "a/b", "a/b/hot", "warm");
  }

  @Test
  void aDeepOneThatDoesNotFitLeavesRoomForAShallowOne() {
    assertThat(choose(2)).containsExactlyInAnyOrder("", "warm");
    assertThat(choose(1)).containsExactly("");
  }

  @Test
  void aBudgetOfNoneChoosesNone() {
    assertThat(choose(0)).isEmpty();
  }

  @Test
  void aBudgetForAllChoosesAll() {
    assertThat(WatchBudget.choose(TREE, 6)).isEqualTo(TREE.keySet());
  }
}
