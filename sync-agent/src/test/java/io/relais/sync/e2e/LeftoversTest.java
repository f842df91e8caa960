package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.testbed.ssh.FaultyProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** However the agent ends, nothing of what it had at the target for a while stays there. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class LeftoversTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int FILES = 150;

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init") // each test starts with it
  private Rig rig;

  @AfterEach
  void end() {
    rig.close();
  }

  private void start(String options) throws IOException {
    rig = Rig.in(directory, options);
    for (int i = 0; i < FILES; i++) {
      Path folder = Files.createDirectories(rig.source().resolve("d" + i % 5));
      Files.writeString(folder.resolve("f" + i), "file " + i);
    }
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertThat(Listing.temporaries(rig.target())).as("opened ahead").isNotEmpty();
  }

  private Path away() {
    return directory.resolve("away");
  }

  private void loseTheSource() throws IOException {
    Files.move(rig.source(), away());
  }

  private void deleteMost() throws IOException {
    for (int i = 0; i < 4; i++) {
      MoreFiles.deleteRecursively(
          rig.source().resolve("d" + i), RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private void assertStopsWithNothingLeft() throws Exception {
    rig.stopAgent();
    assertNothingLeft();
  }

  private void assertNothingLeft() throws IOException {
    assertThat(Listing.temporaries(rig.target())).as("%s", rig.said()).isEmpty();
  }

  private void awaitNothingLeft() {
    await().atMost(LIMIT).untilAsserted(this::assertNothingLeft);
  }

  /** Until a large file is on its way. */
  private void sendLargeFile(String name) throws IOException {
    FaultyProxy proxy = rig.bed().proxy();
    long before = proxy.bytesToServer();
    byte[] content = new byte[48 << 20];
    new Random(1).nextBytes(content);
    Files.write(rig.source().resolve(name), content);
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> proxy.bytesToServer() - before > (6 << 20));
  }

  @Test
  void stoppedWhileHaltedForDeletes() throws Exception {
    start("");
    deleteMost();
    rig.awaitState("halted");
    assertStopsWithNothingLeft();
  }

  @Test
  void stoppedWhileTheSourceIsMissing() throws Exception {
    start("");
    loseTheSource();
    rig.awaitState("halted");
    assertStopsWithNothingLeft();
  }

  @Test
  void stoppedWhileOfflineAndStartedAgain() throws Exception {
    start("");
    rig.bed().proxy().cut();
    rig.awaitState("offline");
    rig.stopAgent();
    rig.bed().proxy().restore();
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertStopsWithNothingLeft();
  }

  @Test
  void killedAndStartedAgainWithoutASource() throws Exception {
    start("rate_limit = \"8MB/s\"");
    sendLargeFile("d1/large");
    rig.killAgent();
    assertThat(Listing.temporaries(rig.target())).isNotEmpty();
    loseTheSource();
    rig.startAgent();
    rig.awaitState("halted");
    awaitNothingLeft();
    assertStopsWithNothingLeft();
  }

  @Test
  void killedAndStartedAgainWithMostDeleted() throws Exception {
    start("rate_limit = \"8MB/s\"");
    sendLargeFile("d1/large");
    rig.killAgent();
    deleteMost();
    rig.startAgent();
    rig.awaitState("halted");
    assertStopsWithNothingLeft();
  }

  @Test
  void stoppedInALargeUpload() throws Exception {
    start("rate_limit = \"8MB/s\"");
    sendLargeFile("d1/large");
    assertStopsWithNothingLeft();
  }

  @Test
  void cutInALargeUploadWhileTheSourceGoesAway() throws Exception {
    start("rate_limit = \"8MB/s\"");
    sendLargeFile("d1/large");
    rig.bed().proxy().cut();
    loseTheSource();
    rig.awaitState("offline");
    rig.bed().proxy().restore();
    rig.awaitState("halted");
    awaitNothingLeft();
  }

  @Test
  void stoppedInALargeUploadOfAConsistentMirror() throws Exception {
    rig = Rig.in(directory, "consistent = true\nrate_limit = \"8MB/s\"");
    Files.createDirectories(rig.source().resolve("d1"));
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    sendLargeFile("d1/large");
    assertStopsWithNothingLeft();
  }

  @Test
  void aMirrorThatIsTakenOutOfTheConfigurationTidiesUp() throws Exception {
    start("rate_limit = \"8MB/s\"");
    sendLargeFile("d1/large");
    String before = Files.readString(rig.configuration());
    Path other = Files.createDirectories(directory.resolve("other"));
    Files.writeString(
        rig.configuration(),
        before
            .replace("name = \"site\"", "name = \"other\"")
            .replace("source = \"" + rig.source(), "source = \"" + other)
            .replace("/data/site", "/data/other"));
    rig.reload();
    awaitNothingLeft();
  }
}
