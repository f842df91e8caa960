package io.relais.failover.engine;

import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import java.time.Duration;
import java.util.Optional;

/** Rounds at a fixed rhythm, by a clock that nobody sets. For one thread. */
public final class RoundLoop {
  private static final int HOPELESS = 3;
  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

  private final Watcher watcher;
  private final long intervalNanos;

  public RoundLoop(Watcher watcher, Duration interval) {
    this.watcher = watcher;
    this.intervalNanos = interval.toNanos();
  }

  /** What a daemon does between its rounds. */
  public interface Between {
    /** The command to give to the next round, if there is one; called before each round. */
    Optional<Command> command();

    /** Called after each round. */
    void after(Watcher.RoundOutcome roundOutcome);

    /**
     * Called about once a second while the next round is waited for, however long that is; whether
     * it is to begin at once.
     */
    boolean isWanted();
  }

  /** Rounds until the thread is interrupted; one that takes too long is followed at once. */
  public void forever(Between between) throws InterruptedException {
    watcher.selfCheckSoon();
    long next = System.nanoTime();
    while (true) {
      between.after(watcher.round(between.command()));
      next = await(Math.max(next + intervalNanos, System.nanoTime()), between);
    }
  }

  /** Waits for the next round; when that begins. */
  private static long await(long next, Between between) throws InterruptedException {
    while (System.nanoTime() + LOOK_NANOS < next) {
      sleepUntil(System.nanoTime() + LOOK_NANOS);
      if (between.isWanted()) {
        return System.nanoTime();
      }
    }
    sleepUntil(next);
    return next;
  }

  /**
   * Rounds until things are at rest, or the time is up: a run from cron or a timer. A failure, of
   * what is only watched too, is followed up at once, at the rhythm of a daemon. Production that is
   * down is given up after {@value #HOPELESS} rounds in a row in which nothing was tried (the
   * backup is not ready, say, or others see production): the next run looks again, and needs one
   * failed round only. What is halted waits for an operator, whatever is under way. Where the state
   * can't be kept nothing is begun, but the next run does not know of this one: so production that
   * fails is followed up until it is certain, and people can be told.
   *
   * @param command for the first round; if that refuses it, there is no other
   */
  public Watcher.RoundOutcome untilSettled(Optional<Command> command, Duration atMost)
      throws InterruptedException {
    long began = System.nanoTime();
    long next = began;
    Watcher.RoundOutcome roundOutcome = watcher.round(command);
    int idle = roundOutcome.idle() ? 1 : 0;
    while (!isSettled(roundOutcome) && idle < HOPELESS) {
      next = Math.max(next + intervalNanos, System.nanoTime());
      if (next - began > atMost.toNanos()) {
        break;
      }
      sleepUntil(next);
      roundOutcome = watcher.round(Optional.empty());
      idle = roundOutcome.idle() ? idle + 1 : 0;
    }
    return roundOutcome;
  }

  private static boolean isSettled(Watcher.RoundOutcome roundOutcome) {
    if (roundOutcome.refused()) {
      return true;
    }
    Phase phase = roundOutcome.phase().orElse(Phase.UP);
    boolean acting = roundOutcome.changing() && phase != Phase.HALTED;
    if (acting) {
      return false;
    }
    if (!roundOutcome.kept()) {
      return phase != Phase.SUSPECT && phase != Phase.DOWN;
    }
    return switch (phase) {
      case UP, ON_BACKUP, RECOVERING, BLIND, HALTED -> !roundOutcome.doubtful();
      case SUSPECT, DOWN, SWITCHING, FAILING_BACK -> false;
    };
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      Thread.sleep(Duration.ofNanos(left));
    } else if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }
}
