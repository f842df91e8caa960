package io.relais.failover.net;

import static io.relais.testbed.web.FakeServer.answering;
import static io.relais.testbed.web.FakeServer.reply;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.testbed.web.FakeServer;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
final class SystemResolverTest {
  private static final InetAddress V4 = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress V6 = InetAddress.ofLiteral("::1");

  /** In a JVM of its own, since Java reads how long to keep answers only once. */
  @Test
  void aProgramSeesANameMovePrintsNothingElseAndEnds(@TempDir Path dir) throws Exception {
    Path hosts = Files.writeString(dir.resolve("hosts"), "127.0.0.1 moving.example\n");
    try (FakeServer four = FakeServer.start(V4, 0, answering(r -> reply(200, "four")));
        FakeServer six = FakeServer.start(V6, four.port(), answering(r -> reply(200, "six")))) {
      Process program =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-Djdk.net.hosts.file=" + hosts,
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  AskTwice.class.getName(),
                  "http://moving.example:" + six.port() + "/")
              .redirectError(dir.resolve("errors").toFile())
              .start();
      try (BufferedReader out = program.inputReader(UTF_8)) {
        assertThat(out.readLine()).as(Files.readString(dir.resolve("errors"))).isEqualTo("four");
        Files.writeString(hosts, "::1 moving.example\n");
        program.outputWriter(UTF_8).append('\n').flush();

        assertThat(out.readLine()).isEqualTo("six");
        assertThat(out.readLine()).isNull();
        assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(program.exitValue()).isZero();
        assertThat(dir.resolve("errors")).isEmptyFile();
      } finally {
        program.destroyForcibly();
      }
    }
  }

  @Test
  void findsTheAddressesOfAFamily() throws Exception {
    assertThat(SystemResolver.lookup("localhost", Optional.of(IpFamily.V4))).containsExactly(V4);
    assertThat(SystemResolver.lookup("::1", Optional.empty())).containsExactly(V6);
    assertThatThrownBy(() -> SystemResolver.lookup("::1", Optional.of(IpFamily.V4)))
        .isInstanceOf(UnknownHostException.class);
  }
}
