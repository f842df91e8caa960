package io.relais.sync.sftp;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a login prints on SFTP's channel is told in words that say what to do. */
@Timeout(60)
final class StrayTextTest {
  @TempDir private Path directory;

  private static byte[] bytes(String text) {
    return text.replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\0", "\0")
        .replace("\\e", "\u001B")
        .getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Welcome to web1\\n\\0\\0\\0\\5\u0002 | Welcome to web1",
        "\\r\\n\\n  *** Notice ***  \\r\\nmore | *** Notice ***",
        "\\e[1;32mhello\\e[0m there | hello there",
        "Gr\u00c3\u00bc\u00c3\u009fe\\n | Gr\u00fc\u00dfe",
        "\u0007\u0001\u0002 | ''",
        "\u00ff\u00ff\u00ff\u00ffab | ''",
      })
  void isShownWithoutWhatIsNoText(String sent, String shown) {
    byte[] bytes = bytes(sent);
    assertThat(StrayText.shown(bytes, 0, bytes.length)).isEqualTo(shown);
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
              SftpClient.LSTAT,
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
              SftpClient.LSTAT,
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
