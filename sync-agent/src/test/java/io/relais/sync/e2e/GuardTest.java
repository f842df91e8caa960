package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Nothing at the backup is lost by accident. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class GuardTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int FILES = 150;

  @TempDir Path directory;
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.in(directory, "");
    fill(rig.source());
    rig.startAgent();
    rig.awaitEqual(LIMIT);
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private static void fill(Path site) throws IOException {
    for (int i = 0; i < FILES; i++) {
      Path folder = Files.createDirectories(site.resolve("d" + i % 5));
      Files.writeString(folder.resolve("f" + i), "file " + i);
    }
  }

  private Path away() {
    return directory.resolve("away");
  }

  private static void empty(Path tree) throws IOException {
    MoreFiles.deleteDirectoryContents(tree, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  /** Waits for the halt, and sees that for a while nothing is deleted. */
  private void assertHalted(Map<String, String> before) {
    assertHalted(before, "to let it go on, run: sync-agent -c ");
  }

  private void assertHalted(Map<String, String> before, String remedy) {
    rig.awaitState("halted");
    await()
        .during(Duration.ofSeconds(3))
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(rig.state()).isEqualTo("halted");
              assertThat(Listing.of(rig.target()).keySet()).containsAll(before.keySet());
            });
    assertThat(rig.status("site", "message")).contains(remedy);
  }

  /** Runs the command that the halt's message gives. */
  private void obey() throws IOException, InterruptedException {
    String message = rig.status("site", "message");
    String command = message.substring(message.indexOf("run: sync-agent ") + 16);
    Process process =
        new ProcessBuilder(AgentProcess.command(AgentProcess.DEEP_QUEUE, command.split(" ")))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private void awaitTarget(BooleanSupplier condition) {
    await().atMost(LIMIT).until(condition::getAsBoolean);
  }

  @Test
  void aSourceThatIsMissingAtTheStartDeletesNothing() throws Exception {
    Map<String, String> before = Listing.of(rig.target());
    rig.stopAgent();
    Files.move(rig.source(), away());
    rig.startAgent();
    assertHalted(before, "bring " + rig.source() + " back");

    Files.move(away(), rig.source());
    Files.writeString(rig.source().resolve("new"), "after");
    rig.awaitEqual(LIMIT);
  }

  @Test
  void aSourceThatIsMovedAwayHaltsAndGoesOnByItselfWhenItIsBack() throws Exception {
    Map<String, String> before = Listing.of(rig.target());
    Files.move(rig.source(), away());
    assertHalted(before, "bring " + rig.source() + " back");

    Files.writeString(away().resolve("written-meanwhile"), "x");
    Files.move(away(), rig.source());
    rig.awaitEqual(LIMIT);
    Files.writeString(rig.source().resolve("live-again"), "x");
    rig.awaitEqual(Duration.ofSeconds(30));
  }

  @Test
  void anotherDirectoryInItsPlaceHaltsUntilAPersonDecides() throws Exception {
    Map<String, String> before = Listing.of(rig.target());
    Files.move(rig.source(), away());
    Files.createDirectory(rig.source());
    Files.writeString(rig.source().resolve("other"), "other");
    assertHalted(before);

    obey();
    // It is the right directory; but what is not in it is another question.
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(rig.status("site", "message"))
                    .contains("of 155 entries would be deleted", "most in d"));
    assertHalted(before);

    obey();
    rig.awaitEqual(LIMIT);
    Files.writeString(rig.source().resolve("live-again"), "x");
    rig.awaitEqual(Duration.ofSeconds(30));
  }

  @Test
  void anEmptiedSourceHaltsUntilAPersonDecides() throws Exception {
    Map<String, String> before = Listing.of(rig.target());
    empty(rig.source());
    assertHalted(before);

    obey();
    rig.awaitEqual(LIMIT);
  }

  @Test
  void mostEntriesDeletedHaltsDeletesButNothingElse() throws Exception {
    for (int i = 0; i < 4; i++) {
      empty(rig.source().resolve("d" + i));
    }
    rig.awaitState("halted");
    Files.writeString(rig.source().resolve("new"), "x");
    awaitTarget(() -> Files.exists(rig.target().resolve("new")));
    rig.awaitState("halted");

    obey();
    rig.awaitEqual(LIMIT);
  }

  @Test
  void aHaltedMirrorThatIsPutRightGoesOnByItself() throws Exception {
    Map<String, String> before = Listing.of(rig.target());
    empty(rig.source());
    assertHalted(before);

    fill(rig.source());
    rig.awaitEqual(LIMIT);
  }

  @Test
  void fewDeletesPass() throws Exception {
    for (int i = 0; i < 2; i++) {
      empty(rig.source().resolve("d" + i));
    }
    rig.awaitEqual(LIMIT);
    assertThat(rig.target().resolve("d0/f0")).doesNotExist();
  }
}
