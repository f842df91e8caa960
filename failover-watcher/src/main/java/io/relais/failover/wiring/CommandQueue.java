package io.relais.failover.wiring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Comparators;
import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.control.ControlClient;
import io.relais.common.control.ControlServer;
import io.relais.common.control.ControlServer.RefusedException;
import io.relais.common.control.JsonLine;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.engine.Watcher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Commands that people give to the daemon that runs: each waits for the next round, and is answered
 * after it. One that nobody waits for any more, since its time is up or whoever gave it has hung
 * up, is dropped unless a round has taken it. For any number of threads.
 *
 * <pre>
 * command  command  its name
 *          until    when whoever gave it gives up, in milliseconds since 1970
 * answer   taken    whether a round took it in time
 *          phase, reason, changing, waiting, refused   what came of it, if that is known
 * </pre>
 */
public final class CommandQueue implements AutoCloseable {
  private static final String COMMAND = "command";

  /** Nobody waits longer for an answer. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** What lies further ahead than any command's end is a mistake of whoever asks. */
  private static final Duration FURTHEST = Duration.ofDays(1);

  /** For the daemon to say that the time is up. */
  private static final Duration LATE = Duration.ofSeconds(5);

  private final InstantSource clock;

  @GuardedBy("this")
  private final Queue<Waiting> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable Waiting taken;

  @GuardedBy("this")
  private boolean closed;

  public CommandQueue(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * What became of a command.
   *
   * @param changing whether a change of the zone is under way
   * @param waiting whether the provider has not accepted that change yet
   * @param refused whether the command was not followed
   */
  public record Progress(
      Phase phase, String reason, boolean changing, boolean waiting, boolean refused) {
    public static Progress of(Watcher.RoundOutcome result) {
      return new Progress(
          result.phase().orElseThrow(),
          result.reason(),
          result.changing(),
          result.waiting(),
          result.refused());
    }

    private static Progress of(ObjectNode answer) {
      return new Progress(
          StatusReports.phase(answer.path("phase").asText()),
          answer.path("reason").asText(),
          answer.path("changing").asBoolean(),
          answer.path("waiting").asBoolean(),
          answer.path("refused").asBoolean());
    }

    private ObjectNode toJson() {
      return JsonLine.object()
          .put("phase", StatusReports.word(phase))
          .put("reason", reason)
          .put("changing", changing)
          .put("waiting", waiting)
          .put("refused", refused);
    }

    /** Whether what was ordered may still come to its end by itself. */
    public boolean isUnderWay() {
      return switch (phase) {
        case SWITCHING, FAILING_BACK -> true;
        case HALTED -> false; // It waits for a person, whatever is under way.
        case UP, SUSPECT, DOWN, ON_BACKUP, RECOVERING, BLIND -> changing;
      };
    }
  }

  /**
   * A command that is not answered yet; its answer is null where there will be none, and cancelled
   * when whoever gave it has hung up.
   */
  private record Waiting(
      Command command,
      long deadline,
      BooleanSupplier isHungUp,
      CompletableFuture<@Nullable ObjectNode> answer) {
    boolean isOver() {
      return answer.isDone() || System.nanoTime() - deadline >= 0 || isHungUp.getAsBoolean();
    }
  }

  /**
   * What became of a command, for whoever gave it.
   *
   * @param taken whether a round took it
   * @param progress what became of it in that round, if that is known
   */
  public record Receipt(boolean taken, Optional<Progress> progress) {}

  /**
   * Gives a command to the daemon that runs with a state directory; empty if none takes commands.
   *
   * @param patience how long the answer may take
   * @throws java.io.EOFException if the daemon ended before it answered
   * @throws IOException if it refuses, or can't be asked
   */
  public static Optional<Receipt> give(
      Path stateDirectory, Command command, Duration patience, InstantSource clock)
      throws IOException {
    ObjectNode request =
        JsonLine.object()
            .put("do", COMMAND)
            .put(COMMAND, command.name())
            .put("until", clock.instant().plus(patience).toEpochMilli());
    return new ControlClient(stateDirectory, "failover-watcher")
        .ask(request, typed(command), patience.plus(LATE))
        .map(
            answer ->
                new Receipt(
                    answer.path("taken").asBoolean(),
                    answer.has("phase") ? Optional.of(Progress.of(answer)) : Optional.empty()));
  }

  private static String typed(Command command) {
    return switch (command) {
      case SWITCH, FORCE_SWITCH -> "switch";
      case FAIL_BACK, FORCE_FAIL_BACK -> "failback";
      case RESUME -> "resume";
    };
  }

  /** What the daemon's socket takes. */
  public ImmutableMap<String, ControlServer.Request> requests() {
    return ImmutableMap.of(COMMAND, this::take);
  }

  private CompletableFuture<@Nullable ObjectNode> take(ObjectNode request, BooleanSupplier isHungUp)
      throws RefusedException {
    Command command = command(request);
    Duration left = left(request);
    Waiting one =
        new Waiting(
            command, System.nanoTime() + left.toNanos(), isHungUp, new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        one.answer.complete(null);
        return one.answer;
      }
      waiting.add(one);
    }
    CompletableFuture<@Nullable Void> timer =
        new CompletableFuture<@Nullable Void>()
            .completeOnTimeout(null, left.toNanos(), TimeUnit.NANOSECONDS);
    var _ = timer.thenRun(() -> endWait(one));
    var _ = one.answer.whenComplete((_, _) -> timer.cancel(false));
    return one.answer;
  }

  /** It was taken, unless it still waits; a taken one's answer has not come in time. */
  private synchronized void endWait(Waiting one) {
    dropOver();
    one.answer.complete(receipt(true));
  }

  private static ObjectNode receipt(boolean taken) {
    return JsonLine.object().put("taken", taken);
  }

  /** How long whoever gave a command still waits; zero if no more. */
  private Duration left(ObjectNode request) throws RefusedException {
    JsonNode until = request.path("until");
    if (!until.isIntegralNumber() || !until.canConvertToLong()) {
      throw new RefusedException("'until' is not a time in milliseconds: " + until);
    }
    Duration left = Duration.between(clock.instant(), Instant.ofEpochMilli(until.longValue()));
    if (left.compareTo(FURTHEST) > 0) {
      throw new RefusedException("'until' is more than a day ahead: " + until);
    }
    return Comparators.max(Duration.ZERO, Comparators.min(left, LONGEST));
  }

  private static Command command(ObjectNode request) throws RefusedException {
    try {
      return Command.valueOf(String.valueOf(JsonLine.text(request, COMMAND)));
    } catch (IllegalArgumentException e) {
      throw new RefusedException("there is no such command; is the daemon another version?");
    }
  }

  /** The next one, for a round that begins now. */
  public synchronized Optional<Command> next() {
    dropOver();
    if (taken == null) {
      taken = waiting.poll();
      return Optional.ofNullable(taken).map(Waiting::command);
    }
    return Optional.empty();
  }

  /** Whether a round is waited for. */
  public synchronized boolean isWanted() {
    dropOver();
    return !waiting.isEmpty();
  }

  /** Those that nobody waits for any more. */
  @GuardedBy("this")
  private void dropOver() {
    waiting.stream().filter(Waiting::isOver).forEach(one -> one.answer.complete(receipt(false)));
    waiting.removeIf(one -> one.answer.isDone());
  }

  /** Answers the one that the last round took, if it did. */
  public synchronized void answer(Progress progress) {
    if (taken != null) {
      taken.answer.complete(progress.toJson().put("taken", true));
      taken = null;
    }
  }

  /** Whoever waits looks for another daemon, or carries out the command itself. */
  @Override
  public synchronized void close() {
    closed = true;
    waiting.forEach(one -> one.answer.complete(null));
    waiting.clear();
    if (taken != null) {
      taken.answer.complete(null);
    }
  }
}
