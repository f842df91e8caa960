package io.relais.sync.target.sftp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Tampering;
import io.relais.sync.plan.RelPath;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TargetLink;
import io.relais.sync.target.TargetUnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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
      TargetLink link = links.impatient("backup", LIMIT);
      try (SyncTarget target = link.open(() -> {})) {
        assertThat(requireNonNull(target.stat(RelPath.ofLatin1("file"))).size()).isEqualTo(1);
        assertThatThrownBy(() -> target.stat(RelPath.ofLatin1("slow")))
            .isInstanceOf(TargetUnavailableException.class)
            .hasMessage("the server did not answer for 2 s: look at /slow");
      }
      assertThat(link.waiting()).isNull();
    }
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
