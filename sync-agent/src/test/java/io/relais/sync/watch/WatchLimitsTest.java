package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WatchLimitsTest {
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
    return WatchLimits.choose(TREE, budget).stream()
        .map(RelPath::latin1)
        .collect(Collectors.toSet());
  }

  @Test
  void theProblemNamesTheLimitTheNeedAndTheCommand() {
    assertThat(new WatchLimits(8192, 128).watchesProblem("/var/www", 8000, 2000))
        .contains("fs.inotify.max_user_watches is 8192")
        .contains("2000 more are needed for all 10000 directories")
        .contains("sysctl -w fs.inotify.max_user_watches=16384")
        .contains("> /etc/sysctl.d/60-max-user-watches.conf")
        .doesNotContain("\n");
    assertThat(new WatchLimits(8192, 128).instancesProblem("/var/www"))
        .contains("fs.inotify.max_user_instances is 128")
        .contains("sysctl -w fs.inotify.max_user_instances=256")
        .doesNotContain("\n");
  }

  @Test
  void aLimitThatCanNotBeReadIsUnknown() {
    assertThat(new WatchLimits(0, 0).watchesProblem("/var/www", 1, 1)).contains("is unknown");
  }

  @Test
  void theKernelsLimitsAreRead() {
    assertThat(WatchLimits.read().watches()).isPositive();
    assertThat(WatchLimits.read().instances()).isPositive();
  }

  @Test
  void anyPathIsOneWordOfACommand() {
    assertThat(ShellWord.quote(Path.of("/a/b"))).isEqualTo("'/a/b'");
    assertThat(ShellWord.quote(Path.of("/a b\n'"))).isEqualTo("$'/a\\040b\\012\\047'");
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
    assertThat(WatchLimits.choose(TREE, 6)).isEqualTo(TREE.keySet());
  }
}
