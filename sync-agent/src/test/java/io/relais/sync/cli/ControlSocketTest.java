package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.relais.sync.cli.ControlSocket.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlSocketTest {
  @TempDir private Path state;

  @SuppressWarnings("NullAway.Init")
  private ControlSocket socket;

  @BeforeEach
  void open() {
    socket = requireNonNull(ControlSocket.open(state, requests()));
  }

  @AfterEach
  void close() {
    socket.close();
  }

  private static ImmutableMap<String, ControlSocket.Request> requests() {
    return ImmutableMap.of(
        "echo",
        request -> ControlLine.object().put("said", request.path("say").asText()),
        "refuse",
        _ -> {
          throw new RefusedException("not today");
        },
        "fail",
        _ -> {
          throw new IllegalStateException("a test's own");
        });
  }

  private Path path() {
    return ControlSocket.in(state);
  }

  /** What is answered to some bytes, after which nothing more comes. */
  private String say(byte[] bytes) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path()));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        ByteBuffer all = ByteBuffer.wrap(bytes);
        while (all.hasRemaining()) {
          channel.write(all);
        }
        channel.shutdownOutput();
      } catch (IOException e) {
        // It hung up on too much, and may have answered before.
      }
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      try {
        while (channel.read(buffer.clear()) >= 0) {
          answer.write(buffer.array(), 0, buffer.position());
        }
      } catch (IOException e) {
        // The same.
      }
      return answer.toString(UTF_8);
    }
  }

  private String say(String text) throws IOException {
    return say(text.getBytes(UTF_8));
  }

  @Test
  void answersARequestOnOneLine() throws IOException {
    assertAnswers();
  }

  private void assertAnswers() throws IOException {
    assertThat(say("{\"do\":\"echo\",\"say\":\"é\"}\n"))
        .isEqualTo("{\"said\":\"é\",\"ok\":true}\n");
    assertThat(new ControlClient(state).ask(ControlLine.object().put("do", "echo").put("say", "x")))
        .hasValueSatisfying(answer -> assertThat(answer.path("said").asText()).isEqualTo("x"));
  }

  @Test
  void saysWhatIsWrongWithAnythingElseAndGoesOn() throws IOException {
    assertThat(say("{\"do\":\"sing\"}\n")).contains("\"ok\":false", "it knows: echo, refuse, fail");
    assertThat(say("{\"do\":7}\n")).contains("\"ok\":false");
    assertThat(say("[]\n")).contains("the request is not a JSON object");
    assertThat(say("\n")).contains("the request is not a JSON object");
    assertThat(say("GET / HTTP/1.1\r\n\r\n")).contains("the request is not JSON");
    assertThat(say("{\"do\":\"echo\"")).contains("ends before its line does");
    assertThat(say("{\"do\":\"refuse\"}\n")).contains("\"error\":\"not today\"");
    assertThat(say("{\"do\":\"fail\"}\n")).contains("a defect of the agent").doesNotContain("test");
    assertThat(say("[".repeat(5_000) + "\n")).contains("the request is not JSON");
    assertThatThrownBy(() -> new ControlClient(state).ask(ControlLine.object().put("do", "refuse")))
        .hasMessage("the agent refuses: not today");
    assertAnswers();
  }

  @Test
  void garbageOfAnyLengthHarmsNothing() throws IOException {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      byte[] garbage = new byte[random.nextInt(300)];
      random.nextBytes(garbage);
      assertThat(say(garbage)).as("seed %s, %s", seed, i).contains("\"ok\":false");
    }
    say(new byte[ControlLine.MOST_BYTES + 1]);
    assertAnswers();
  }

  @Test
  void isForItsOwnUserAlone() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
        .isEqualTo("rw-------");
    try (var files = Files.list(state)) {
      assertThat(files).containsExactly(path());
    }
  }

  @Test
  void replacesWhatAKilledAgentLeftAndRemovesOnlyItsOwn() throws IOException {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.close();
      assertThat(path()).doesNotExist();
      dead.bind(UnixDomainSocketAddress.of(path()));
    }
    assertThat(path()).exists();
    assertThat(new ControlClient(state).ask(ControlLine.object().put("do", "echo"))).isEmpty();
    ControlSocket first = requireNonNull(ControlSocket.open(state, requests()));
    assertAnswers();
    socket = requireNonNull(ControlSocket.open(state, requests()));
    first.close();
    assertAnswers();
  }

  @Test
  void goesWithoutWhereThePathIsTooLong() throws IOException {
    Path deep = Files.createDirectory(state.resolve("x".repeat(100)));
    assertThat(ControlSocket.open(deep, requests())).isNull();
    assertThat(new ControlClient(deep).ask(ControlLine.object().put("do", "echo"))).isEmpty();
  }
}
