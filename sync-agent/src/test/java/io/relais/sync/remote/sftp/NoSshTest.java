package io.relais.sync.remote.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A peer that is no SSH server, or breaks off: said in words, and always in the same. */
@Timeout(60)
final class NoSshTest {
  private static final int TRIES = 3;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 400 Bad\\r\\n\\r\\n | does not speak SSH (it sent 'HTTP/1.1 400 Bad')",
        "220 mail ESMTP\\r\\n | does not speak SSH (it sent '220 mail ESMTP')",
        "Exceeded MaxStartups\\r\\n | takes no more connections now: it sent 'Exceeded MaxStartups'",
        "SSH-2.0-x\\r\\n | broke before the login; look at the log",
        "SSH-2.0-x\\r\\n\u0007\u00fe\u0001garbage of more than one packet | broke before the login",
        "'' | closed the connection without a word"
      })
  void isToldInTheSameWordsEachTime(String sent, String told) throws Exception {
    byte[] bytes = sent.replace("\\r", "\r").replace("\\n", "\n").getBytes(ISO_8859_1);
    Set<String> reasons = new HashSet<>();
    Set<String> kinds = new HashSet<>();
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serve(server, bytes));
      Path config = config(server.getLocalPort());
      for (int i = 0; i < TRIES; i++) {
        try (TestLinks links = TestLinks.of(config)) {
          TargetUnavailableException failure =
              catchThrowableOfType(
                  TargetUnavailableException.class,
                  () -> links.to("backup", "/", new TemporaryNameGenerator("x")).open(() -> {}));
          reasons.add(String.valueOf(failure.getMessage()));
          kinds.add(failure.kind());
        }
      }
    }
    assertThat(kinds).hasSize(1);
    assertThat(reasons).hasSize(1).allSatisfy(reason -> assertThat(reason).contains(told));
  }

  /** The keys of a real server, at another's port. */
  private Path config(int port) throws IOException {
    try (LoopbackLink real =
        LoopbackLink.start(
            directory.resolve("client"), Files.createDirectory(directory.resolve("copy")))) {
      String text = Files.readString(real.sshConfig());
      return Files.writeString(
          real.sshConfig(), text.replaceAll("(?m)^(\\s*Port).*$", "$1 " + port));
    }
  }

  /** Reads to the client's end: with bytes unread, a reset could take away what was sent. */
  private static void serve(ServerSocket server, byte[] bytes) {
    while (!server.isClosed()) {
      try (Socket peer = server.accept()) {
        peer.getOutputStream().write(bytes);
        peer.shutdownOutput();
        peer.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        // The client was faster, or the test is over.
      }
    }
  }
}
