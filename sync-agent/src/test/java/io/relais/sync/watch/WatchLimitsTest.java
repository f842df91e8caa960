package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.ShellWord;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WatchLimitsTest {
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
}
