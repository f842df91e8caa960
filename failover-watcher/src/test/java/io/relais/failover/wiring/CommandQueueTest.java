package io.relais.failover.wiring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.StateLock;
import io.relais.common.control.ControlClient;
import io.relais.common.control.ControlServer;
import io.relais.common.control.JsonLine;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Through the daemon's own socket. */
final class CommandQueueTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final CommandQueue.Progress DONE =
      new CommandQueue.Progress(Phase.ON_BACKUP, "it is done", true, true, false);

  @TempDir private Path state;

  private final CommandQueue queue = new CommandQueue(InstantSource.system());

  @SuppressWarnings("NullAway.Init")
  private StateLock lock;

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @BeforeEach
  void open() throws IOException {
    lock = StateLock.tryTake(state).orElseThrow();
    server = ControlServer.open(lock, queue.requests());
  }

  @AfterEach
  void close() throws IOException {
    queue.close();
    server.close();
    lock.close();
  }

  private CompletableFuture<Optional<CommandQueue.Receipt>> give(
      Command command, Duration patience) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return CommandQueue.give(state, command, patience, InstantSource.system());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        Thread::startVirtualThread);
  }

  private Optional<ObjectNode> ask(ObjectNode request) throws IOException {
    return new ControlClient(state, "failover-watcher").ask(request, "switch", PATIENCE);
  }

  private static ObjectNode command(String word) {
    return JsonLine.object().put("do", "command").put("command", word);
  }

  /** Gives a command as {@link #give} does, from where one can hang up. */
  private SocketChannel giveByHand(Command command) throws IOException {
    SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(state.resolve("control")));
    ObjectNode request =
        command(command.name()).put("until", Instant.now().plus(PATIENCE).toEpochMilli());
    channel.write(ByteBuffer.wrap((request + "\n").getBytes(UTF_8)));
    return channel;
  }

  @Test
  void aCommandIsTakenOnceAndAnsweredAfterItsRound() throws Exception {
    assertThat(queue.isWanted()).isFalse();
    assertThat(queue.next()).isEmpty();
    var answer = give(Command.SWITCH, PATIENCE);
    await().until(queue::isWanted);

    assertThat(queue.next()).contains(Command.SWITCH);
    assertThat(queue.isWanted()).isFalse();
    assertThat(queue.next()).isEmpty();
    assertThat(answer).isNotDone();
    queue.answer(DONE);

    assertThat(answer.get()).contains(new CommandQueue.Receipt(true, Optional.of(DONE)));
  }

  @Test
  void eachOfSeveralIsTakenAndHearsItsOwnEnd() throws Exception {
    var first = give(Command.SWITCH, PATIENCE);
    await().until(queue::isWanted);
    var second = give(Command.FAIL_BACK, PATIENCE);
    List<Command> taken = new ArrayList<>();
    await()
        .until(
            () -> {
              queue
                  .next()
                  .ifPresent(
                      command -> {
                        taken.add(command);
                        queue.answer(
                            new CommandQueue.Progress(
                                Phase.UP, command.name(), false, false, true));
                      });
              return first.isDone() && second.isDone();
            });
    assertThat(taken).containsExactly(Command.SWITCH, Command.FAIL_BACK);
    assertThat(first.get().orElseThrow().progress().orElseThrow().reason()).isEqualTo("SWITCH");
    assertThat(second.get().orElseThrow().progress().orElseThrow().reason()).isEqualTo("FAIL_BACK");
  }

  @Test
  void whatNobodyWaitsForAnyMoreIsNotTaken() throws Exception {
    var answer = give(Command.SWITCH, Duration.ofMillis(300));

    assertThat(answer.get()).contains(new CommandQueue.Receipt(false, Optional.empty()));
    assertThat(queue.isWanted()).isFalse();
    assertThat(queue.next()).isEmpty();
  }

  /** As Ctrl-C does. */
  @Test
  void whatWasGivenBySomebodyWhoHungUpIsNotTaken() throws Exception {
    try (SocketChannel _ = giveByHand(Command.SWITCH)) {
      await().until(queue::isWanted);
    }
    await().until(() -> !queue.isWanted());

    assertThat(queue.next()).isEmpty();
    var next = give(Command.RESUME, PATIENCE);
    await().until(queue::isWanted);
    assertThat(queue.next()).contains(Command.RESUME);
    queue.answer(DONE);
    assertThat(next.get()).contains(new CommandQueue.Receipt(true, Optional.of(DONE)));
  }

  @Test
  void whatWasTakenIsCarriedOutThoughWhoeverGaveItHangsUp() throws Exception {
    try (SocketChannel _ = giveByHand(Command.SWITCH)) {
      await().until(queue::isWanted);
      assertThat(queue.next()).contains(Command.SWITCH);
    }
    var next = give(Command.RESUME, PATIENCE);
    await().until(queue::isWanted);

    assertThat(queue.next()).isEmpty();
    queue.answer(DONE);
    assertThat(queue.next()).contains(Command.RESUME);
    queue.answer(DONE);
    assertThat(next.get()).isPresent();
  }

  @Test
  void aTimeThatIsNoneIsRefused() {
    ObjectNode none = command("SWITCH");
    for (ObjectNode request :
        List.of(
            none,
            none.deepCopy().put("until", Long.MAX_VALUE),
            none.deepCopy().put("until", new BigInteger("9".repeat(200))),
            none.deepCopy().put("until", 1e300),
            none.deepCopy().put("until", "tomorrow"))) {
      assertThatThrownBy(() -> ask(request))
          .hasMessageStartingWith("the running failover-watcher refused 'switch': 'until' is ");
    }
    assertThat(queue.isWanted()).isFalse();
  }

  /** As of a daemon that was stopped for a while: whoever asked has given up. */
  @Test
  void aRequestFromBeforeIsTooLate() throws Exception {
    ObjectNode late = command("SWITCH").put("until", 1_000);
    assertThat(ask(late))
        .hasValueSatisfying(answer -> assertThat(answer.path("taken").asBoolean()).isFalse());
    assertThat(queue.next()).isEmpty();
  }

  @Test
  void takenButNotAnsweredInTimeIsSaidSo() throws Exception {
    var answer = give(Command.SWITCH, Duration.ofSeconds(2));
    await().until(queue::isWanted);
    assertThat(queue.next()).contains(Command.SWITCH);
    assertThat(answer.get()).contains(new CommandQueue.Receipt(true, Optional.empty()));
  }

  @Test
  void whatIsNotACommandIsRefused() {
    for (String word : List.of("REBOOT", "", "switch")) {
      ObjectNode request = command(word).put("until", Long.MAX_VALUE / 2_000_000);
      assertThatThrownBy(() -> ask(request)).hasMessageContaining("there is no such command");
    }
    assertThat(queue.isWanted()).isFalse();
  }

  @Test
  void whoeverWaitsHearsThatTheDaemonEnds() throws Exception {
    var waiting = give(Command.SWITCH, PATIENCE);
    await().until(queue::isWanted);
    assertThat(queue.next()).contains(Command.SWITCH);
    var next = give(Command.RESUME, PATIENCE);
    await().until(queue::isWanted);

    queue.close();

    for (var each : List.of(waiting, next)) {
      assertThatThrownBy(each::get).hasRootCauseInstanceOf(EOFException.class);
    }
    assertThatThrownBy(() -> give(Command.SWITCH, PATIENCE).join())
        .isInstanceOf(CompletionException.class)
        .hasRootCauseInstanceOf(EOFException.class);
    server.close();
    assertThat(give(Command.SWITCH, PATIENCE).get()).isEmpty();
  }
}
