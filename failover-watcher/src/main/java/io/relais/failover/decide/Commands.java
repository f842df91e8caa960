package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.WatchState.BegunChange;
import java.util.Optional;

/** What a person asks for. */
final class Commands {
  private static final String RESUME_FIRST = "a change is under way that was halted; resume first";

  private static final String RESUMED = "a person resumed";

  private Commands() {}

  /** Why the command is not followed, for the person; empty if it is. */
  static Optional<String> objection(Command command, Round round) {
    return switch (command) {
      case SWITCH -> againstSwitch(round);
      case FAIL_BACK -> againstFailBack(round).or(() -> notUp(round));
      case FORCE_FAIL_BACK -> againstFailBack(round);
      case RESUME -> againstResume(round);
    };
  }

  private static Optional<String> againstSwitch(Round round) {
    return switch (round.state().phase()) {
      case SWITCHING -> Optional.of("a switch is under way already");
      case ON_BACKUP, RECOVERING -> Optional.of("the records point at the backup already");
      case FAILING_BACK ->
          Optional.of("a fail-back is under way; ask again when it is done, 'status' tells");
      case UP, SUSPECT, DOWN, BLIND ->
          round.isChangeActive()
              ? Optional.of("a change begun earlier is under way; ask again when it is done")
              : notReady(round);
      case HALTED -> againstSwitchWhileHalted(round);
    };
  }

  private static Optional<String> againstSwitchWhileHalted(Round round) {
    if (round.isChangeActive()) {
      return Optional.of(RESUME_FIRST);
    }
    return isAtBackup(round)
        ? Optional.of("the records point at the backup already; resume instead")
        : notReady(round);
  }

  private static Optional<String> notReady(Round round) {
    return round.isBackupReady()
        ? Optional.empty()
        : Optional.of(round.because("the backup is not ready to take over"));
  }

  private static Optional<String> againstFailBack(Round round) {
    return switch (round.state().phase()) {
      case SWITCHING -> Optional.empty();
      case FAILING_BACK -> Optional.of("a fail-back is under way already");
      case UP, SUSPECT, DOWN, BLIND ->
          Optional.of("as far as is known the records point at production already");
      case ON_BACKUP, RECOVERING ->
          round.isChangeActive()
              ? Optional.of("the records follow the backup's address; ask again when that is done")
              : Optional.empty();
      case HALTED -> againstFailBackWhileHalted(round);
    };
  }

  private static Optional<String> againstFailBackWhileHalted(Round round) {
    if (round.isChangeActive()) {
      return round.isPending(ChangeKind.SWITCH) ? Optional.empty() : Optional.of(RESUME_FIRST);
    }
    return round.seen().zone() == RecordPlace.PRODUCTION
        ? Optional.of("the records point at production already; resume instead")
        : Optional.empty();
  }

  private static Optional<String> notUp(Round round) {
    return round.answered()
        ? Optional.empty()
        : Optional.of(
            round.because("production does not answer; '--force' goes back all the same"));
  }

  private static Optional<String> againstResume(Round round) {
    WatchState state = round.state();
    if (state.phase() != Phase.HALTED && state.switches().isEmpty() && !state.held()) {
      return Optional.of("nothing is halted");
    }
    return round.state().phase() == Phase.HALTED
            && round.seen().zone() == RecordPlace.FOREIGN
            && !isChangeLeft(round)
        ? Optional.of(round.because("the records are not as configured, and it would halt again"))
        : Optional.empty();
  }

  /** Does what is asked; for a command to which there is no objection. */
  static Decision follow(Command command, Round round) {
    return switch (command) {
      case SWITCH -> round.beginSwitch(true, round.because("a person asked for the switch"));
      case FAIL_BACK, FORCE_FAIL_BACK ->
          round.beginBack(
              round.isChangeActive() ? Action.UNDO : Action.FAIL_BACK,
              true,
              round.because("a person asked for the fail-back"));
      case RESUME -> resume(round);
    };
  }

  private static Decision resume(Round round) {
    WatchState freed = round.state().edit().switches(ImmutableList.of()).held(false).done();
    Round free = round.with(freed);
    if (freed.phase() != Phase.HALTED) {
      return resumed(Decider.unasked(free));
    }
    return isChangeLeft(round)
        ? free.act(
            freed.pending().map(BegunChange::phase).orElse(Phase.UP),
            Action.CONTINUE,
            round.because("a person resumed the change"))
        : resumed(Decider.unasked(afresh(free)));
  }

  /** What follows by itself from what is seen is told apart from what follows unasked. */
  private static Decision resumed(Decision decision) {
    String reason = decision.next().reason();
    return new Decision(
        decision.next().because(reason.isEmpty() ? RESUMED : RESUMED + "; " + reason),
        decision.action());
  }

  /** A change of ours that was halted before its end. */
  private static boolean isChangeLeft(Round round) {
    return round.state().pending().isPresent()
        && (round.isChangeActive() || round.seen().change() == ChangeStatus.REFUSED);
  }

  /** Where the records point decides; where that is not clear, where they were last. */
  private static Round afresh(Round round) {
    boolean backup =
        isAtBackup(round)
            || (round.seen().zone() != RecordPlace.PRODUCTION
                && round.state().onBackupSince().isPresent());
    return round.with(
        round
            .to(backup ? Phase.ON_BACKUP : Phase.UP)
            .onBackupSince(
                backup
                    ? round.state().onBackupSince().or(() -> Optional.of(round.now()))
                    : Optional.empty())
            .pending(Optional.empty())
            .done());
  }

  private static boolean isAtBackup(Round round) {
    return round.seen().zone() == RecordPlace.BACKUP
        || round.seen().zone() == RecordPlace.OLD_BACKUP;
  }
}
