package io.relais.failover.cli;

import io.relais.common.ExitCode;
import io.relais.failover.decide.Phase;
import io.relais.failover.engine.Watcher;

/**
 * The exit codes of this program. Those that both programs share are {@link ExitCode}'s; these say
 * how things stand after {@code check}.
 */
enum Exit {
  /** Production serves, or what was asked for is done. */
  OK(ExitCode.OK.code()),
  /** The command line or the configuration is wrong. */
  USAGE(ExitCode.USAGE.code()),
  /** Something that is needed can't be reached. */
  UNAVAILABLE(ExitCode.UNAVAILABLE.code()),
  /** The state directory can't be used. */
  STATE(ExitCode.PARTIAL.code()),
  /** An operator must decide. */
  HALTED(ExitCode.HALTED.code()),
  /** The records point at the backup. */
  SWITCHED(10),
  /** Production is down and the records are where they were; a switch may not be accepted yet. */
  DOWN(11),
  /** Our own line is in doubt. */
  BLIND(12),
  /** Another run or the daemon is already running. */
  BUSY(13),
  /** A change is accepted, and not visible everywhere yet. */
  CHANGING(14),
  /**
   * A check of {@code doctor}, of {@code drill} or, all else being well, of the self-check failed,
   * or a notice was not delivered.
   */
  FAILED(15);

  private final int code;

  Exit(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** How a round ended. */
  static Exit of(Watcher.RoundOutcome roundOutcome) {
    boolean watchDown = roundOutcome.status().watches().stream().anyMatch(watch -> !watch.up());
    if (roundOutcome.phase().isEmpty()) {
      return watchDown ? DOWN : OK;
    }
    return of(roundOutcome.phase().get(), roundOutcome.waiting());
  }

  /**
   * How things stand.
   *
   * @param waiting whether a change is under way that the provider has not accepted yet
   */
  static Exit of(Phase phase, boolean waiting) {
    return waiting && phase == Phase.SWITCHING ? DOWN : of(phase);
  }

  static Exit of(Phase phase) {
    return switch (phase) {
      case UP -> OK;
      case SUSPECT, DOWN -> DOWN;
      case SWITCHING, FAILING_BACK -> CHANGING;
      case ON_BACKUP, RECOVERING -> SWITCHED;
      case BLIND -> BLIND;
      case HALTED -> HALTED;
    };
  }
}
