package io.relais.common.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import io.relais.common.StateLock;
import io.relais.common.control.ControlServer.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ControlServerTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path state;

  /** The answers that {@code wait} has begun to wait for. */
  private final Queue<CompletableFuture<@Nullable ObjectNode>> late = new ConcurrentLinkedQueue<>();

  @SuppressWarnings("NullAway.Init")
  private StateLock lock;

  @SuppressWarnings("NullAway.Init")
  private ControlServer socket;

  @BeforeEach
  void open() throws IOException {
    lock = StateLock.tryTake(state).orElseThrow();
    socket = ControlServer.open(lock, requests());
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
    lock.close();
  }

  private ImmutableMap<String, ControlServer.Request> requests() {
    return ImmutableMap.of(
        "echo",
        (request, _) ->
            CompletableFuture.completedFuture(
                JsonLine.object().put("said", request.path("say").asText())),
        "refuse",
        (_, _) -> {
          throw new RefusedException("not today");
        },
        "fail",
        (_, _) -> {
          throw new IllegalStateException("a test's own");
        },
        "wait",
        (_, _) -> {
          CompletableFuture<@Nullable ObjectNode> answer = new CompletableFuture<>();
          late.add(answer);
          return answer;
        },
        "hang up",
        (_, _) -> CompletableFuture.completedFuture(null));
  }

  private Optional<ObjectNode> ask(ObjectNode request) throws IOException {
    return ask(state, request, LIMIT);
  }

  private static Optional<ObjectNode> ask(Path state, ObjectNode request, Duration limit)
      throws IOException {
    return new ControlClient(state, "the-program").ask(request, request.path("do").asText(), limit);
  }

  private static ObjectNode request(String name) {
    return JsonLine.object().put("do", name);
  }

  private CompletableFuture<Optional<ObjectNode>> askMeanwhile(ObjectNode request) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return ask(request);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        Thread::startVirtualThread);
  }

  /** A client that says something, or nothing, and goes on listening. */
  private SocketChannel saying(String text) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path()));
    channel.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    return channel;
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
    assertThat(say("[]\n")).contains("it is not a JSON object");
    assertThat(say("\n")).contains("it is not a JSON object");
    assertThat(say("GET / HTTP/1.1\r\n\r\n")).contains("it is not JSON");
    assertThat(say("{\"do\":\"echo\"")).contains("ends before its line does");
    assertThat(say("{\"do\":\"refuse\"}\n")).contains("\"error\":\"not today\"");
    assertThat(say("{\"do\":\"fail\"}\n"))
        .contains("a defect of the program")
        .doesNotContain("test");
    assertThat(say("[".repeat(5_000) + "\n")).contains("it is not JSON");
    assertThatThrownBy(() -> ask(request("refuse")))
        .hasMessage("the running the-program refused 'refuse': not today");
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
      assertThat(files).containsExactlyInAnyOrder(path(), state.resolve("lock"));
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
    assertThat(ask(request("echo"))).isEmpty();
    ControlServer first = ControlServer.open(lock, requests());
    assertAnswers();
    socket = ControlServer.open(lock, requests());
    first.close();
    assertAnswers();
  }

  /** Around what a socket's address holds, and far beyond it. */
  @Test
  void aStateDirectoryMayHaveAPathOfAnyLength() throws IOException {
    int here = state.toString().length() + 1;
    for (int length : new int[] {90, 95, 96, 97, 98, 99, 100, 101, 106, 107, 108, 109, 240}) {
      Path deep = Files.createDirectory(state.resolve("x".repeat(length - here)));
      assertServes(deep);
    }
    Path deep = state.resolve("é".repeat(100)).resolve("y".repeat(200)).resolve("z".repeat(250));
    assertServes(Files.createDirectories(deep));
  }

  private void assertServes(Path directory) throws IOException {
    try (StateLock held = StateLock.tryTake(directory).orElseThrow()) {
      for (int i = 0; i < 2; i++) {
        try (ControlServer server = ControlServer.open(held, requests())) {
          assertThat(server).isNotNull();
          assertThat(ask(directory, request("echo"), LIMIT)).as("%s", directory).isPresent();
        }
        assertThat(ask(directory, request("echo"), LIMIT)).isEmpty();
      }
    }
  }

  @Test
  void ofSeveralThatBeginTogetherOneServesAndStaysReachable() throws Exception {
    for (int i = 0; i < 20; i++) {
      Path shared = Files.createDirectory(state.resolve("shared" + i));
      try (ExecutorService starts = Executors.newVirtualThreadPerTaskExecutor()) {
        CyclicBarrier together = new CyclicBarrier(4);
        List<Future<Optional<StateLock>>> locks = new ArrayList<>();
        for (int j = 0; j < 4; j++) {
          locks.add(
              starts.submit(
                  () -> {
                    together.await();
                    return StateLock.tryTake(shared);
                  }));
        }
        List<StateLock> held = new ArrayList<>();
        for (Future<Optional<StateLock>> each : locks) {
          each.get().ifPresent(held::add);
        }
        assertThat(held).hasSize(1);
        try (StateLock one = held.getFirst();
            ControlServer server = ControlServer.open(one, requests())) {
          assertThat(server).isNotNull();
          assertThat(ask(shared, request("echo"), LIMIT)).isPresent();
        }
      }
    }
  }

  /** A client that says nothing is hung up on when the time for a request is over. */
  @Test
  void anAnswerMayTakeItsTimeAndOthersAreAnsweredMeanwhile() throws Exception {
    socket.close();
    socket = ControlServer.open(lock, requests(), Duration.ofSeconds(1));
    var answer = askMeanwhile(request("wait"));
    await().until(() -> !late.isEmpty());

    try (SocketChannel slow = saying("{\"do\":\"echo\"")) {
      assertThat(slow.read(ByteBuffer.allocate(10))).isNegative();
    }

    assertAnswers();
    assertThat(answer).isNotDone();
    late.remove().complete(JsonLine.object().put("said", "at last"));
    assertThat(answer.get().orElseThrow().path("said").asText()).isEqualTo("at last");
  }

  @Test
  void whatNobodyWaitsForAnyMoreIsCancelled() throws IOException {
    try (SocketChannel channel = saying("{\"do\":\"wait\"}\n")) {
      await().until(() -> !late.isEmpty());
      assertThat(channel.isConnected()).isTrue();
      assertThat(late.element()).isNotDone();
    }

    await().until(late.element()::isCancelled);
  }

  /** As many as are taken at once. */
  @Test
  void thoseWhoHaveHungUpKeepNobodyFromBeingAnswered() throws Exception {
    List<SocketChannel> gone = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      gone.add(saying("{\"do\":\"wait\"}\n"));
    }
    await().until(() -> late.size() == 8);
    var ninth = askMeanwhile(request("echo"));
    assertThat(ninth).isNotDone();

    for (SocketChannel each : gone) {
      each.close();
    }

    assertThat(ninth.get()).isPresent();
  }

  @Test
  void whoGetsNoAnswerIsToldWhy() {
    assertThatThrownBy(() -> ask(request("hang up")))
        .isInstanceOf(EOFException.class)
        .hasMessage("the-program ended before it answered 'hang up'; give the command again");
    assertThatThrownBy(() -> ask(state, request("wait"), Duration.ofMillis(50)))
        .isNotInstanceOf(EOFException.class)
        .hasMessage(
            "the running the-program did not answer 'wait' within 50 ms, at %s; see whether it"
                + " hangs: systemctl status the-program",
            path());
  }

  /** As one that is stopped, or hangs: connecting to it would wait for ever. */
  @Test
  void aProgramThatTakesNobodyIsGivenUpInTime() throws IOException {
    socket.close();
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stopped.bind(UnixDomainSocketAddress.of(path()), 2);
      assertThatThrownBy(
              () -> {
                while (true) {
                  SocketChannel more = SocketChannel.open(StandardProtocolFamily.UNIX);
                  waiting.add(more);
                  more.configureBlocking(false);
                  more.connect(UnixDomainSocketAddress.of(path()));
                }
              })
          .isInstanceOf(SocketException.class);

      assertThatThrownBy(() -> ask(state, request("echo"), Duration.ofMillis(100)))
          .isNotInstanceOf(EOFException.class)
          .hasMessageStartingWith("the running the-program did not answer 'echo' within 100 ms");
    } finally {
      for (SocketChannel each : waiting) {
        each.close();
      }
    }
  }

  /** What it has not read by its end makes the kernel reset the connection. */
  @ParameterizedTest
  @ValueSource(ints = {10, 900_000})
  void aProgramThatEndsWithoutReadingEverythingHasEnded(int length) throws Exception {
    socket.close();
    try (ServerSocketChannel ending = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      ending.bind(UnixDomainSocketAddress.of(path()));
      var asked = askMeanwhile(request("echo").put("say", "x".repeat(length)));
      try (SocketChannel taken = ending.accept()) {
        assertThat(taken.read(ByteBuffer.allocate(1))).isEqualTo(1);
      }

      assertThatThrownBy(asked::get).hasRootCauseInstanceOf(EOFException.class);
    }
  }

  @Test
  void aSocketThatComesAndGoesIsNotTakenForAnotherUsers() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    socket.close();
    try (ExecutorService program = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> restarts =
          program.submit(
              () -> {
                while (!over.get()) {
                  ControlServer.open(lock, requests()).close();
                }
                return null;
              });
      for (int i = 0; i < 300; i++) {
        try {
          var _ = ask(request("echo"));
        } catch (EOFException e) {
          // It ended just then.
        }
      }
      over.set(true);
      restarts.get();
    }
  }

  @Test
  void aDirectoryThatCantBeWrittenIsToldAsSuch() throws IOException {
    Path gone = Files.createDirectory(state.resolve("gone"));
    try (StateLock held = StateLock.tryTake(gone).orElseThrow()) {
      Files.delete(gone.resolve("lock"));
      Files.delete(gone);
      assertThatThrownBy(() -> ControlServer.open(held, requests()))
          .isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  void whatAKilledProgramLeftAsideIsNoHindrance() throws IOException {
    socket.close();
    Path aside = Files.createDirectory(state.resolve(".control"));
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(aside.resolve("s")));
    }
    socket = ControlServer.open(lock, requests());
    assertAnswers();
    assertThat(aside).doesNotExist();
  }
}
