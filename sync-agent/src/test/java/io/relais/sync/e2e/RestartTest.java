package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.ssh.FaultyProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What a new start costs, and what a crash leaves. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class RestartTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @TempDir Path directory;
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.in(directory, "");
    Random random = new Random(1);
    byte[] content = new byte[20_000];
    for (int i = 0; i < 200; i++) {
      random.nextBytes(content);
      Path folder = Files.createDirectories(rig.source().resolve("d" + i % 7));
      Files.write(folder.resolve("f" + i), content);
    }
    rig.startAgent();
    rig.awaitEqual(LIMIT);
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private static Map<Path, Object> inodes(Path root) throws IOException {
    Map<Path, Object> inodes = new TreeMap<>();
    for (Path path : Listing.below(root)) {
      inodes.put(path, Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS));
    }
    return inodes;
  }

  @Test
  void anUnchangedTreeIsNotSentAgain() throws Exception {
    Map<Path, Object> before = inodes(rig.target());
    rig.stopAgent();
    long sent = rig.bed().proxy().bytesToServer();
    rig.startAgent();
    rig.awaitEqual(LIMIT);

    assertThat(inodes(rig.target())).isEqualTo(before);
    assertThat(rig.bed().proxy().bytesToServer() - sent).as("bytes").isLessThan(60_000);
  }

  @Test
  void aCopyIsAdoptedWhenTheIndexIsLost() throws Exception {
    Map<Path, Object> before = inodes(rig.target());
    rig.stopAgent();
    Tools.run("rm", "-r", directory.resolve("state").toString());
    rig.startAgent();
    rig.awaitEqual(LIMIT);

    assertThat(inodes(rig.target())).isEqualTo(before);
  }

  @Test
  void whatChangedWhileNothingRanIsSent() throws Exception {
    rig.stopAgent();
    Path file = rig.source().resolve("d0/f0");
    var time = Files.getLastModifiedTime(file);
    Files.write(file, new byte[20_000]);
    Files.setLastModifiedTime(file, time);
    Files.delete(rig.source().resolve("d1/f1"));
    rig.startAgent();
    rig.awaitEqual(LIMIT);
  }

  @Test
  void aCrashInTheMiddleOfATransferLeavesNothingBehind() throws Exception {
    FaultyProxy proxy = rig.bed().proxy();
    Files.writeString(rig.target().resolve(".relais-foo"), "a user's");
    byte[] content = new byte[24 << 20];
    for (int round = 0; round < 4; round++) {
      new Random(round).nextBytes(content);
      long before = proxy.bytesToServer();
      Files.write(rig.source().resolve("big" + round % 2), content);
      await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> proxy.bytesToServer() - before > (6 << 20));
      rig.killAgent();
      rig.startAgent();
    }
    rig.awaitEqual(LIMIT);

    assertThat(rig.target().resolve(".relais-foo")).as("by the rules").doesNotExist();
    rig.stopAgent();
    assertThat(Listing.temporaries(rig.target())).isEmpty();
  }

  @Test
  void aTemporaryOfAnotherMirrorStays() throws Exception {
    rig.stopAgent();
    Path foreign = rig.target().resolve(".relais-0123abcd-0123456789ab");
    Files.writeString(foreign, "another mirror's temporary");
    rig.startAgent();
    rig.awaitState("in-sync");

    assertThat(foreign).exists();
  }
}
