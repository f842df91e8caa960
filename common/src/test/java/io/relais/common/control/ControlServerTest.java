package io.relais.common.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.common.control.ControlServer.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlServerTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path state;

  private final CountDownLatch goOn = new CountDownLatch(1);

  @SuppressWarnings("NullAway.Init")
  private ControlServer socket;

  @BeforeEach
  void open() throws IOException {
    socket = ControlServer.open(state, requests());
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
  }

  private ImmutableMap<String, ControlServer.Request> requests() {
    return ImmutableMap.of(
        "echo",
        request -> JsonLine.object().put("said", request.path("say").asText()),
        "refuse",
        _ -> {
          throw new RefusedException("not today");
        },
        "fail",
        _ -> {
          throw new IllegalStateException("a test's own");
        },
        "wait",
        _ -> {
          Uninterruptibles.awaitUninterruptibly(goOn);
          return JsonLine.object().put("said", "at last");
        },
        "hang up",
        _ -> null);
  }

  private Optional<ObjectNode> ask(ObjectNode request) throws IOException {
    return new ControlClient(state, "the program").ask(request, LIMIT);
  }

  private Path path() {
    return ControlServer.socketIn(state);
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
    assertThat(ask(JsonLine.object().put("do", "echo").put("say", "x")))
        .hasValueSatisfying(answer -> assertThat(answer.path("said").asText()).isEqualTo("x"));
  }

  @Test
  void saysWhatIsWrongWithAnythingElseAndGoesOn() throws IOException {
    assertThat(say("{\"do\":\"sing\"}\n"))
        .contains("\"ok\":false", "there are: echo, refuse, fail, wait, hang up");
    assertThat(say("{\"do\":7}\n")).contains("\"ok\":false");
    assertThat(say("[]\n")).contains("the request is not a JSON object");
    assertThat(say("\n")).contains("the request is not a JSON object");
    assertThat(say("GET / HTTP/1.1\r\n\r\n")).contains("the request is not JSON");
    assertThat(say("{\"do\":\"echo\"")).contains("ends before its line does");
    assertThat(say("{\"do\":\"refuse\"}\n")).contains("\"error\":\"not today\"");
    assertThat(say("{\"do\":\"fail\"}\n"))
        .contains("a defect of the program")
        .doesNotContain("test");
    assertThat(say("[".repeat(5_000) + "\n")).contains("the request is not JSON");
    assertThatThrownBy(() -> ask(JsonLine.object().put("do", "refuse")))
        .hasMessage("the program refuses: not today");
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
    say(new byte[JsonLine.MOST_BYTES + 1]);
    assertAnswers();
  }

  @Test
  void isForItsOwnUserAndGroupAlone() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
        .isEqualTo("rw-rw----");
    try (var files = Files.list(state)) {
      assertThat(files).containsExactly(path());
    }
  }

  @Test
  void replacesWhatAKilledProgramLeftAndRemovesOnlyItsOwn() throws IOException {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.close();
      assertThat(path()).doesNotExist();
      dead.bind(UnixDomainSocketAddress.of(path()));
    }
    assertThat(path()).exists();
    assertThat(ask(JsonLine.object().put("do", "echo"))).isEmpty();
    ControlServer first = ControlServer.open(state, requests());
    assertAnswers();
    socket = ControlServer.open(state, requests());
    first.close();
    assertAnswers();
  }

  @Test
  void saysThatThePathIsTooLong() throws IOException {
    Path deep = Files.createDirectory(state.resolve("x".repeat(100)));
    assertThatThrownBy(() -> ControlServer.open(deep, requests()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("set a shorter state_dir");
    assertThat(
            new ControlClient(deep, "the program").ask(JsonLine.object().put("do", "echo"), LIMIT))
        .isEmpty();
  }

  /** Longer than it waits for a request, or for an answer to be taken. */
  @Test
  void anAnswerMayTakeItsTimeAndOthersAreAnsweredMeanwhile() throws Exception {
    CompletableFuture<Optional<ObjectNode>> late =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return ask(JsonLine.object().put("do", "wait"));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    for (int i = 0; i < 3; i++) {
      Thread.sleep(2_000);
      assertAnswers();
      assertThat(late).isNotDone();
    }
    goOn.countDown();
    assertThat(late.get().orElseThrow().path("said").asText()).isEqualTo("at last");
  }

  @Test
  void whoGetsNoAnswerIsToldWhy() {
    assertThatThrownBy(() -> ask(JsonLine.object().put("do", "hang up")))
        .isInstanceOf(EOFException.class)
        .hasMessageStartingWith("the program ended before it answered");
    assertThatThrownBy(
            () ->
                new ControlClient(state, "the program")
                    .ask(JsonLine.object().put("do", "wait"), Duration.ofMillis(50)))
        .isNotInstanceOf(EOFException.class)
        .hasMessageStartingWith("the program does not answer");
    goOn.countDown();
  }

  @Test
  void aDirectoryThatCantBeWrittenIsToldAsSuch() throws IOException {
    Path none = state.resolve("none");
    assertThatThrownBy(() -> ControlServer.open(none, requests()))
        .isInstanceOf(FileSystemException.class);
  }

  @Test
  void whatAKilledProgramLeftAsideIsNoHindrance() throws IOException {
    socket.close();
    Path aside = Files.createDirectory(state.resolve(".control"));
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(aside.resolve("s")));
    }
    socket = ControlServer.open(state, requests());
    assertAnswers();
    assertThat(aside).doesNotExist();
  }
}
