package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A part of the source on a FUSE file system (bindfs), and changes that are made behind it. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class FuseSourceTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void whatIsChangedBehindAFuseFileSystemArrivesAndIsSaidToBeLookedFor() throws Exception {
    Path behind = Files.createDirectories(directory.resolve("behind"));
    Files.createDirectory(behind.resolve("old"));
    Files.writeString(behind.resolve("old/page"), "before");
    try (Rig rig = Rig.in(directory, "poll = \"1s\"")) {
      Path shown = Files.createDirectories(rig.source().resolve("shared"));
      run("bindfs", behind.toString(), shown.toString());
      try {
        assertThat(
                run(
                    AgentProcess.command(
                            AgentProcess.DEEP_QUEUE,
                            "-c",
                            rig.configuration().toString(),
                            "config",
                            "check")
                        .toArray(String[]::new)))
            .contains("warning: site: " + shown + " is on a file system of type fuse");
        rig.startAgent();
        rig.awaitState("partly-watched");
        assertThat(rig.said())
            .contains(
                "which does not tell of changes made elsewhere: it is looked at every 1 s for new and"
                    + " deleted files, and every 10 s for all else ('poll')");

        Files.createDirectories(behind.resolve("new/deep"));
        Files.writeString(behind.resolve("new/deep/page"), "made");
        Files.delete(behind.resolve("old/page"));
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () -> {
                  assertThat(rig.target().resolve("shared/new/deep/page")).hasContent("made");
                  assertThat(rig.target().resolve("shared/old/page")).doesNotExist();
                });

        // Its directory's time does not move.
        Files.writeString(behind.resolve("new/deep/page"), "written where it is");
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () ->
                    assertThat(rig.target().resolve("shared/new/deep/page"))
                        .hasContent("written where it is"));
        rig.stopAgent();
      } finally {
        run("umount", "--lazy", shown.toString());
      }
    }
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s", said).isZero();
    return said;
  }
}
