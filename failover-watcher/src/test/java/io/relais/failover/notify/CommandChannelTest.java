package io.relais.failover.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandChannelTest {
  @TempDir private Path directory;

  private static Channel shell(String script, Duration timeout) {
    return new CommandChannel(ImmutableList.of("/bin/sh", "-c", script), timeout);
  }

  private DeliveryException failure(String script, Duration timeout) {
    return catchThrowableOfType(
        DeliveryException.class, () -> shell(script, timeout).send("id", Notices.switched()));
  }

  @Test
  void givesTheNoticeAsJson() throws Exception {
    Path file = directory.resolve("out");
    shell("cat > " + file, Duration.ofMinutes(1)).send("id", Notices.switched());
    assertThat(new ObjectMapper().readTree(file.toFile()))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"kind": "switched", "key": "www.example.org", "title": "Moved \\"www\\" <&>",
                     "text": "Line one\\nLine two: é", "at": "2026-11-23T04:00:00Z",
                     "fields": {"site": "www.example.org", "address": "198.51.100.20"}}
                    """));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 75, 127})
  void triesAgainLaterWhateverTheExitCode(int code) {
    DeliveryException failure =
        failure(
            "echo one; echo two >&2; echo; echo three; echo four; exit " + code,
            Duration.ofMinutes(1));
    assertThat(failure.isPermanent()).isFalse();
    assertThat(failure)
        .hasMessageContaining("exit code " + code + ": one / two / three")
        .hasMessageNotContaining("four");
  }

  @Test
  void succeedsWithAProgramThatDoesNotReadAndOneThatTalksMuch() throws Exception {
    shell("exec 0<&-; exit 0", Duration.ofMinutes(1)).send("id", Notices.switched());
    shell("head -c 1000000 /dev/zero", Duration.ofMinutes(1)).send("id", Notices.switched());
  }

  @Test
  void killsAProgramThatDoesNotEndAndItsChildren() throws Exception {
    Path file = directory.resolve("pids");
    DeliveryException failure =
        failure(
            "sleep 1000 & echo $! > " + file + "; echo $$ >> " + file + "; wait",
            Duration.ofMillis(700));
    assertThat(failure).hasMessageContaining("was killed");
    long[] pids = Files.readAllLines(file).stream().mapToLong(Long::parseLong).toArray();
    assertThat(pids).hasSize(2);
    await()
        .untilAsserted(() -> assertThat(Arrays.stream(pids)).noneMatch(CommandChannelTest::runs));
  }

  /** An orphan that nobody has waited for yet is dead too. */
  private static boolean runs(long pid) {
    try {
      return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
    } catch (java.io.IOException e) {
      return false;
    }
  }

  @Test
  void passesOnlyTheHarmlessPartOfTheEnvironment() throws Exception {
    Path file = directory.resolve("env");
    shell("env > " + file, Duration.ofMinutes(1)).send("id", Notices.switched());
    assertThat(Files.readAllLines(file))
        .allMatch(
            line ->
                line.matches(
                    "(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR"
                        + "|PWD|SHLVL|OLDPWD|_)=.*"))
        .anyMatch(line -> line.startsWith("PATH="));
  }

  @Test
  void saysThatAProgramIsNotThere() {
    Channel channel =
        new CommandChannel(
            ImmutableList.of(directory.resolve("none").toString()), Duration.ofMinutes(1));
    assertThat(
            catchThrowableOfType(
                DeliveryException.class, () -> channel.send("id", Notices.switched())))
        .hasMessageContaining("can't be started");
  }
}
