package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.ExitCode;
import io.relais.common.lifecycle.OutOfMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens when the heap is used up, with the launcher's own flags. */
final class OutOfMemoryTest {
  private static final Path LAUNCHER = Path.of("../packaging/lib/relais-java.sh");

  @TempDir private Path directory;

  private record Ended(int code, String err) {}

  /** Runs a main class as the launchers do, after {@code before} in the shell. */
  private Ended run(String before, String main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-euc",
                ". %s; find_classes() { echo \"$CLASSES\"; }; %s; run_java \"$@\""
                    .formatted(LAUNCHER, before),
                "sh"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSES", System.getProperty("java.class.path"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("CACHE_DIRECTORY", directory.toString());
    builder.environment().put("RELAIS_JAVA_OPTS", "-Xmx24m -Xshare:auto");
    builder.environment().putAll(Map.of("here", ".", "module", "sync-agent"));
    builder.environment().putAll(Map.of("built", ".", "main", main));
    Path err = directory.resolve("err");
    Process process =
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(err.toFile()).start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ended(process.exitValue(), Files.readString(err, UTF_8));
  }

  private static void assertSaysWhatToDo(Ended ended) {
    assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.OUT_OF_MEMORY.code());
    assertThat(ended.err())
        .containsOnlyOnce("sync-agent: out of memory: ")
        .contains("raise it with RELAIS_JAVA_OPTS=-Xmx512m")
        .doesNotContain("OutOfMemoryError", "\tat ");
  }

  @Test
  void endsTheProgramWithACodeOfItsOwn() throws Exception {
    Path config = directory.resolve("sync-agent.toml");
    Files.writeString(config, "exclude = [" + "\"a\",".repeat(250_000) + "]\n");
    assertSaysWhatToDo(run(":", Main.class.getName(), "-c", config.toString(), "config", "check"));
  }

  @Test
  void endsItWhereALibraryCatchesTheError() throws Exception {
    assertSaysWhatToDo(run(":", Hoarder.class.getName()));
  }

  @Test
  void startsLaterAfterEachSuchEnd() throws Exception {
    String quick = "sleep() { echo \"slept $1\" >&2; }";
    assertThat(run(quick, Hoarder.class.getName()).err()).doesNotContain("slept");
    assertThat(run(quick, Hoarder.class.getName()).err()).contains("slept 10\n");
    assertThat(run(quick, Hoarder.class.getName()).err())
        .contains("sync-agent: ran out of memory before; starting in 20 s\nslept 20\n");
  }

  /** Uses up its heap on a thread that hides it, and would then go on for ever. */
  static final class Hoarder {
    private static volatile Object[] hoard = {};

    private Hoarder() {}

    public static void main(String[] arguments) throws InterruptedException {
      OutOfMemory.endProcess();
      Thread.ofVirtual().start(Hoarder::hoard);
      Thread.currentThread().join();
    }

    private static void hoard() {
      try {
        while (true) {
          hoard = new Object[] {hoard, new byte[200_000]};
        }
      } catch (Throwable hidden) {
        hoard = new Object[0];
      }
    }
  }
}
