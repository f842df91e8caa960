package io.relais.failover.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.control.ControlClient;
import io.relais.common.control.ControlServer;
import io.relais.common.control.JsonLine;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
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
  private ControlServer server;

  @BeforeEach
  void open() throws IOException {
    server = ControlServer.open(state, queue.requests());
  }

  @AfterEach
  void close() {
    queue.close();
    server.close();
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

  /** As of a daemon that was stopped for a while: whoever asked has given up. */
  @Test
  void aRequestFromBeforeIsTooLate() throws Exception {
    ObjectNode late =
        JsonLine.object().put("do", "command").put("command", "SWITCH").put("until", 1_000);
    assertThat(new ControlClient(state, "the daemon").ask(late, PATIENCE))
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
      ObjectNode request =
          JsonLine.object()
              .put("do", "command")
              .put("command", word)
              .put("until", Long.MAX_VALUE / 2_000_000);
      assertThatThrownBy(() -> new ControlClient(state, "the daemon").ask(request, PATIENCE))
          .hasMessageContaining("there is no such command");
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
