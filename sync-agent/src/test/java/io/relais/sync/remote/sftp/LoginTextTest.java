package io.relais.sync.remote.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.HostileSftp;
import io.relais.testbed.ssh.SftpPackets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a login prints on SFTP's channel is told in words that say what to do. */
@Timeout(60)
final class LoginTextTest {
  @TempDir private Path directory;

  private static byte[] bytes(String text) {
    return text.replace("\\n", "\n").getBytes(ISO_8859_1);
  }

  @Test
  void beforeSftpIsARefusalThatSaysWhatToDo() throws Exception {
    try (LoopbackLink server = server();
        TestLinks links = TestLinks.of(server.sshConfig())) {
      HostileSftp.at(server)
          .on(
              SftpPackets.INIT,
              (request, reply) -> List.of(bytes("Welcome to web1\\nEnjoy\\n"), reply));
      assertThatThrownBy(
              () -> links.to("backup", "/", new TemporaryNameGenerator("x")).open(() -> {}))
          .isInstanceOf(TargetRefusedException.class)
          .hasMessageContaining(
              "in place of SFTP it sends the text 'Welcome to web1'; the account's")
          .hasMessageContaining("ForceCommand internal-sftp");
    }
  }

  @Test
  void betweenPacketsEndsTheConnectionAndIsTold() throws Exception {
    try (LoopbackLink server = server();
        TestLinks links = TestLinks.of(server.sshConfig());
        SyncTarget target =
            links.to("backup", "/", new TemporaryNameGenerator("x")).open(() -> {})) {
      HostileSftp.at(server)
          .on(
              SftpPackets.LSTAT,
              (request, reply) -> List.of(bytes("PHP Warning:  x in y\\n"), reply));
      assertThatThrownBy(() -> target.stat(RelPath.ROOT))
          .isInstanceOf(TargetUnavailableException.class)
          .hasMessageStartingWith(
              "the server sent text between the packets of SFTP: 'PHP Warning:  x in y'; the");
    }
  }

  /** As from a program in the background: nothing is asked for when it comes. */
  @Test
  void whileNothingIsAskedForIsToldTooAndTheNextConnectionWaits() throws Exception {
    try (LoopbackLink server = server();
        TestLinks links = TestLinks.of(server.sshConfig())) {
      HostileSftp.at(server)
          .on(
              SftpPackets.LSTAT,
              (request, reply) -> List.of(reply, bytes("backup of /home done\n")));
      TargetConnector link = links.to("backup", "/", new TemporaryNameGenerator("x"));
      for (int i = 0; i < 2; i++) {
        CountDownLatch lost = new CountDownLatch(1);
        try (SyncTarget target = link.open(lost::countDown)) {
          target.stat(RelPath.ROOT);
          lost.await();
          assertThat(target.whyLost())
              .startsWith(
                  "the server sent text between the packets of SFTP: 'backup of /home done'");
        }
      }
      assertThatThrownBy(() -> link.open(() -> {}))
          .isInstanceOf(TargetUnavailableException.class)
          .hasMessageContaining("'backup of /home done'")
          .extracting(e -> ((TargetUnavailableException) e).nextTry().isAfter(Instant.MIN))
          .isEqualTo(true);
    }
  }

  private LoopbackLink server() throws Exception {
    return LoopbackLink.start(
        directory.resolve("client"), Files.createDirectory(directory.resolve("copy")));
  }
}
