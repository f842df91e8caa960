package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.TestContent;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.HostileSftp;
import io.relais.testbed.ssh.SftpPackets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the hostile server of the tests is right until it is told otherwise. */
@SuppressWarnings("NullAway.Init")
final class HostileSftpTest {
  private static final RelPath FILE = RelPath.ofLatin1("file");

  @TempDir private Path directory;

  private LoopbackLink link;
  private HostileSftp hostile;

  @BeforeEach
  void start() throws Exception {
    Path root = Files.createDirectory(directory.resolve("root"));
    Files.createDirectory(root.resolve("site"));
    Files.writeString(root.resolve("site/file"), "content");
    link = LoopbackLink.start(directory.resolve("ssh"), root);
    hostile = HostileSftp.at(link);
  }

  @AfterEach
  void stop() throws Exception {
    link.close();
  }

  private static SyncTarget open(TestLinks links) throws Exception {
    return links.to("backup", "/site", new TemporaryNameGenerator("hostile")).open(() -> {});
  }

  @Test
  void isRightByDefaultAndSaysWhatItWasAsked() throws Exception {
    try (TestLinks links = TestLinks.of(link.sshConfig());
        SyncTarget target = open(links)) {
      byte[] content = TestContent.bytes(300_000, 1);
      var staged = target.stage(FILE, TestContent.of(content), 1, 0644, content.length).await();
      assertThat(target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN).getFirst())
          .isEmpty();

      assertThat(target.list(RelPath.ROOT)).containsKey("file");
      assertThat(link.root().resolve("site/file")).hasBinaryContent(content);
    }
    assertThat(hostile.requests())
        .anyMatch(
            asked ->
                SftpPackets.type(asked) == SftpPackets.OPENDIR
                    && SftpPackets.string(asked).equals("/site"));
  }

  @Test
  void misbehavesFromWhenItIsToldUntilItIsToldOtherwise() throws Exception {
    try (TestLinks links = TestLinks.of(link.sshConfig());
        SyncTarget target = open(links)) {
      assertThat(target.stat(FILE)).isNotNull();
      hostile.on(
          SftpPackets.LSTAT,
          (asked, reply) -> List.of(SftpPackets.status(SftpPackets.id(asked), 4, "made up")));
      assertThatThrownBy(() -> target.stat(FILE)).hasMessageContaining("made up");
      hostile.behave();
      assertThat(target.stat(FILE)).isNotNull();
    }
  }

  @Test
  void holdsAndDripsWhatItSays() throws Exception {
    try (TestLinks links = TestLinks.of(link.sshConfig());
        SyncTarget target = open(links)) {
      hostile.hold();
      hostile.drip(Duration.ofMillis(1));
      CompletableFuture<Boolean> looked =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return target.stat(FILE) != null;
                } catch (IOException e) {
                  return false;
                }
              });
      assertThat(looked).isNotDone();
      hostile.release();
      assertThat(looked.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }
}
