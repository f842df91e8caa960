package io.relais.sync.remote.sftp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Tampering;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpConnectionException;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.HostileSftp;
import io.relais.testbed.ssh.SftpPackets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that owes an answer, and keeps on sending something. */
@Timeout(60)
final class UnansweredTest {
  /** In place of ten minutes. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  @TempDir private Path directory;

  @Test
  void isGivenUpThoughBytesKeepComing() throws Exception {
    try (LoopbackLink server =
            LoopbackLink.start(
                directory.resolve("client"), Files.createDirectory(directory.resolve("copy")));
        TestLinks links = TestLinks.of(server.sshConfig())) {
      Files.writeString(server.root().resolve("file"), "x");
      server.tamper(UnansweredTest::drip);
      TargetConnector link = links.impatient("backup", LIMIT);
      try (SyncTarget target = link.open(() -> {})) {
        assertThat(requireNonNull(target.stat(RelPath.ofLatin1("file"))).size()).isEqualTo(1);
        assertThatThrownBy(() -> target.stat(RelPath.ofLatin1("slow")))
            .isInstanceOf(TargetUnavailableException.class)
            .hasMessageMatching(
                "backup did not answer for [0-9]+ s, since 20[-0-9T:+Z]+: look at /slow");
      }
      assertThat(link.waiting()).isNull();
    }
  }

  @Test
  void isConnectedToAnewAndGivenTwiceTheTimeAfterASilence() throws Exception {
    try (LoopbackLink server =
            LoopbackLink.start(
                directory.resolve("client"), Files.createDirectory(directory.resolve("copy")));
        TestLinks links = TestLinks.of(server.sshConfig())) {
      HostileSftp hostile = HostileSftp.at(server);
      TargetConnector link = links.impatient("backup", Duration.ofSeconds(1));
      for (int limit : new int[] {1, 2}) {
        try (SyncTarget target = link.open(() -> {})) {
          hostile.hold();
          assertThatThrownBy(() -> target.stat(RelPath.ofLatin1("any")))
              .isInstanceOf(TargetUnavailableException.class)
              .satisfies(
                  failure ->
                      assertThat(seconds(failure)).as("%s", failure).isGreaterThan(limit - 1));
        } finally {
          hostile.release();
        }
      }
      try (SyncTarget target = link.open(() -> {})) {
        assertThat(target.stat(RelPath.ROOT)).isNotNull();
      }
    }
  }

  private static int seconds(Throwable failure) {
    Matcher told =
        Pattern.compile("backup did not answer for ([0-9]+) s, since .*: look at /any")
            .matcher(String.valueOf(failure.getMessage()));
    assertThat(told.matches()).as("%s", failure).isTrue();
    return Integer.parseInt(told.group(1));
  }

  @Test
  void losesItsConnectionIfNothingElseIsAnsweredThere() throws Exception {
    try (LoopbackLink server =
            LoopbackLink.start(
                directory.resolve("client"), Files.createDirectory(directory.resolve("copy")));
        TestLinks links = TestLinks.of(server.sshConfig())) {
      HostileSftp hostile = HostileSftp.at(server);
      links.channels(
          "backup",
          Channels.AUTO,
          new ResponseTimeouts(Duration.ofMillis(500), Duration.ofMinutes(1)),
          (client, more) -> {
            hostile.hold();
            assertThatThrownBy(() -> SftpClient.await(client.lstat("/any")))
                .isInstanceOf(SftpConnectionException.class);
            await().until(() -> !client.channel().getSession().isOpen());
            return client;
          });
      hostile.release();
    }
  }

  @Test
  void hasMoreTimeForWhatIsForItsDisk() throws Exception {
    try (LoopbackLink server =
            LoopbackLink.start(
                directory.resolve("client"), Files.createDirectory(directory.resolve("copy")));
        TestLinks links = TestLinks.of(server.sshConfig());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Files.writeString(server.root().resolve("file"), "x");
      HostileSftp hostile = HostileSftp.at(server);
      TargetConnector link = links.impatient("backup", Duration.ofMillis(300));
      try (SyncTarget target = link.open(() -> {})) {
        hostile.hold(request -> SftpPackets.type(request) == SftpPackets.REMOVE);
        Future<?> removal =
            threads.submit(
                () -> {
                  target.make(new RemoteChange.RemoveFile(RelPath.ofLatin1("file")));
                  return null;
                });
        await().until(() -> waited(link).compareTo(Duration.ofSeconds(1)) > 0);
        hostile.release();
        removal.get();
        assertThat(target.stat(RelPath.ofLatin1("file"))).isNull();
      }
    }
  }

  private static Duration waited(TargetConnector link) {
    RemoteWait remoteWait = link.waiting();
    return remoteWait == null ? Duration.ZERO : remoteWait.time();
  }

  /** To what is asked of the slow file, zeros follow, one every tenth of a second. */
  private static void drip(byte[] request, byte[] reply, Tampering.Wire wire) throws IOException {
    boolean slow = new String(request, StandardCharsets.ISO_8859_1).contains("slow");
    int announced = slow ? 60_000 : reply.length;
    wire.send(new byte[] {0, 0, (byte) (announced >> 8), (byte) announced});
    wire.send(reply);
    for (int i = reply.length; i < announced; i++) {
      wire.send(new byte[] {0});
      try {
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }
  }
}
