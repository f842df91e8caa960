package io.relais.failover.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Splitter;
import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import io.relais.failover.process.BoundedProgram.Ending;
import io.relais.failover.process.BoundedProgram.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a program of the user's may do, and what is left of it afterwards. */
final class BoundedProgramTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final int ROOM = 1 << 20;

  @TempDir private Path folder;

  private static Run run(String script, String input) throws Exception {
    return run(script, input, LONG, ROOM);
  }

  private static Run run(String script, String input, Duration timeout, int largestOutput)
      throws Exception {
    return new BoundedProgram(ImmutableList.of("/bin/sh", "-c", script), timeout, largestOutput)
        .run(input.getBytes(UTF_8));
  }

  @Test
  void getsItsInputAndGivesItsOutput() throws Exception {
    Run run = run("cat", "größer\n");
    assertThat(run).isEqualTo(new Run(Ending.EXITED, 0, "größer\n", 9, ""));
    assertThat(run.isText()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"exit 0, 0", "exit 1, 1", "exit 255, 255", "kill -9 $$, 137", "kill -15 $$, 143"})
  void saysHowItEnded(String script, int code) throws Exception {
    Run run = run(script, "");
    assertThat(run.ending()).isEqualTo(Ending.EXITED);
    assertThat(run.exitCode()).isEqualTo(code);
  }

  /** More than a pipe holds, in both directions: neither side waits for the other forever. */
  @Test
  void mayWriteBeforeItReadsAndNeedNotReadAtAll() throws Exception {
    String input = "x".repeat(ROOM);
    Run writesFirst = run("head -c 300000 /dev/zero | tr '\\0' y; wc -c", input);
    assertThat(writesFirst.output()).startsWith("yyy").contains(String.valueOf(ROOM));
    assertThat(run("exit 3", input).exitCode()).isEqualTo(3);
  }

  @Test
  void mayWriteAsMuchAsIsAllowedAndIsKilledForMore() throws Exception {
    Run full = run("printf 0123456789", "", LONG, 10);
    assertThat(full).isEqualTo(new Run(Ending.EXITED, 0, "0123456789", 10, ""));

    Run over = run("yes", "", LONG, 10);
    assertThat(over.ending()).isEqualTo(Ending.TOO_MUCH_OUTPUT);
    assertThat(over.output()).isEqualTo("y\ny\ny\ny\ny\n");
    assertThat(over.outputBytes()).isEqualTo(10);
  }

  @Test
  void isKilledWithItsChildrenWhenItsTimeIsOver() throws Exception {
    Run run = run("sleep 600 & echo $!; wait", "", Duration.ofSeconds(4), ROOM);
    assertThat(run.ending()).isEqualTo(Ending.TIMED_OUT);
    awaitDead(run.output());
  }

  /** The child holds the pipes open too: nobody waits for it. */
  @Test
  void takesAlongWhatItLeavesBehind() throws Exception {
    Run run = run("sleep 600 & echo $!; exit 5", "");
    assertThat(run.ending()).isEqualTo(Ending.EXITED);
    assertThat(run.exitCode()).isEqualTo(5);
    awaitDead(run.output());
  }

  @Test
  void isKilledWhenWhoWaitsForItIsInterrupted() throws Exception {
    Path pid = folder.resolve("pid");
    CompletableFuture<Run> run = new CompletableFuture<>();
    Thread waiting =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    run.complete(
                        run(
                            "echo $$ >'%s.new'; mv '%s.new' '%s'; sleep 600"
                                .formatted(pid, pid, pid),
                            ""));
                  } catch (Exception e) {
                    run.completeExceptionally(e);
                  }
                });
    await().atMost(LONG).until(() -> Files.exists(pid));
    waiting.interrupt();
    waiting.join();

    assertThat(run)
        .failsWithin(LONG)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(InterruptedException.class);
    awaitDead(Files.readString(pid));
  }

  private static void awaitDead(String pid) {
    long id = Long.parseLong(pid.strip());
    await().atMost(LONG).until(() -> ProcessHandle.of(id).filter(ProcessHandle::isAlive).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "''                              , ''",
    "echo one                        , one",
    "printf 'a\\n\\n b \\nc\\nd\\n'  , b / c / d",
    "printf 'no end of line'         , no end of line"
  })
  void showsTheLastLinesOfItsErrors(String script, String shown) throws Exception {
    assertThat(run("{ :\n" + script + "\n} >&2", "").errors()).isEqualTo(shown);
  }

  @Test
  void showsErrorsOnlyAsFarAsTheyAreSafeAndShort() throws Exception {
    assertThat(run("printf '\\033[31mred\\a' >&2", "").errors())
        .contains("red")
        .doesNotContain("\033", "\007");
    Run talkative = run("head -c 100000 /dev/zero | tr '\\0' e >&2; echo >&2; echo last >&2", "");
    assertThat(talkative.errors()).isEqualTo("e".repeat(300) + "...");
    Run many = run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >&2", "");
    assertThat(many.errors()).isEqualTo("line 19997 / line 19998 / line 19999");
  }

  @ParameterizedTest
  @CsvSource({
    "printf 'a\\tb\\r\\n\\303\\274', true",
    "printf '\\377'                , false",
    "printf 'a\\000b'              , false",
    "printf '\\033[0m'             , false"
  })
  void tellsTextFromAnythingElse(String script, boolean text) throws Exception {
    assertThat(run(script, "").isText()).isEqualTo(text);
  }

  /** Ours may hold credentials. */
  @Test
  void getsOnlyTheHarmlessPartOfTheEnvironment() throws Exception {
    Run run = new BoundedProgram(ImmutableList.of("/usr/bin/env"), LONG, ROOM).run(new byte[0]);
    assertThat(Splitter.on('\n').omitEmptyStrings().split(run.output()))
        .contains("PATH=" + Strings.nullToEmpty(System.getenv("PATH")))
        .allMatch(
            line ->
                line.matches(
                    "(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR"
                        + "|SSH_AUTH_SOCK|CREDENTIALS_DIRECTORY)=.*"));
  }
}
