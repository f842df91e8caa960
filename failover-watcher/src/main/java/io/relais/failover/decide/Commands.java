package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.WatchState.BegunChange;
import java.util.Optional;
import java.util.function.Function;

/** What an operator asks for. */
final class Commands {
  private static final String RESUME_FIRST = "a change is under way that was halted; resume first";

  /** What an operator can do where the backup is not ready. */
  static final String FORCE = "'failover-watcher switch --force' moves the records all the same";

  private static final String RESUMED = "an operator resumed";

  private Commands() {}

  /** Why the command is not followed, for the operator; empty if it is. */
  static Optional<String> objection(Command command, DecisionRound round) {
    return switch (command) {
      case SWITCH -> againstSwitch(round, Commands::notReady);
      case FORCE_SWITCH -> againstSwitch(round, Commands::noAddress);
      case FAIL_BACK -> againstFailBack(round).or(() -> notUp(round)).or(() -> notReturned(round));
      case FORCE_FAIL_BACK -> againstFailBack(round);
      case RESUME -> againstResume(round);
    };
  }

  private static Optional<String> againstSwitch(
      DecisionRound round, Function<DecisionRound, Optional<String>> againstBackup) {
    return switch (round.state().phase()) {
      case SWITCHING -> Optional.of("a switch is under way already");
      case ON_BACKUP, RECOVERING -> Optional.of("the records point at the backup already");
      case FAILING_BACK ->
          Optional.of("a fail-back is under way; ask again when it is done, 'status' tells");
      case UP, SUSPECT, DOWN, BLIND ->
          round.isChangeActive()
              ? Optional.of("a change begun earlier is under way; ask again when it is done")
              : againstBackup.apply(round);
      case HALTED -> againstSwitchWhileHalted(round, againstBackup);
    };
  }

  private static Optional<String> againstSwitchWhileHalted(
      DecisionRound round, Function<DecisionRound, Optional<String>> againstBackup) {
    if (round.isChangeActive()) {
      return Optional.of(RESUME_FIRST);
    }
    return isAtBackup(round)
        ? Optional.of("the records point at the backup already; resume instead")
        : againstBackup.apply(round);
  }

  private static Optional<String> notReady(DecisionRound round) {
    return round.isBackupReady()
        ? Optional.empty()
        : Optional.of(
            round.withReasons("the backup is not ready to take over")
                + (round.hasBackupAddress() ? "; " + FORCE : ""));
  }

  private static Optional<String> noAddress(DecisionRound round) {
    return round.hasBackupAddress()
        ? Optional.empty()
        : Optional.of(
            round.withReasons("there is nowhere to switch to, since the backup has no address"));
  }

  private static Optional<String> againstFailBack(DecisionRound round) {
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

  private static Optional<String> againstFailBackWhileHalted(DecisionRound round) {
    if (round.isChangeActive()) {
      return round.isPending(ChangeKind.SWITCH) ? Optional.empty() : Optional.of(RESUME_FIRST);
    }
    return round.seen().place() == RecordPlace.PRODUCTION
        ? Optional.of("the records point at production already; resume instead")
        : Optional.empty();
  }

  private static Optional<String> notUp(DecisionRound round) {
    return round.answered()
        ? Optional.empty()
        : Optional.of(
            round.withReasons("production does not answer; '--force' goes back all the same"));
  }

  private static Optional<String> notReturned(DecisionRound round) {
    boolean away = round.state().phase() != Phase.SWITCHING;
    return away && !round.seen().unreturned().isEmpty()
        ? Optional.of(
            round.seen().unreturned()
                + "; 'failback --force' goes back all the same, and what was changed at the backup is"
                + " overwritten")
        : Optional.empty();
  }

  private static Optional<String> againstResume(DecisionRound round) {
    WatchState state = round.state();
    if (state.phase() != Phase.HALTED && state.switches().isEmpty() && !state.held()) {
      return Optional.of("nothing is halted");
    }
    return round.state().phase() == Phase.HALTED
            && round.seen().place() == RecordPlace.FOREIGN
            && !isChangeLeft(round)
        ? Optional.of(
            round.withReasons("the records are not as configured, and it would halt again"))
        : Optional.empty();
  }

  /** Does what is asked; for a command to which there is no objection. */
  static Decision follow(Command command, DecisionRound round) {
    return switch (command) {
      case SWITCH, FORCE_SWITCH ->
          round.beginSwitch(true, round.withReasons("an operator asked for the switch"));
      case FAIL_BACK, FORCE_FAIL_BACK ->
          round.beginBack(
              round.isChangeActive() ? Action.UNDO : Action.FAIL_BACK,
              true,
              round.withReasons("an operator asked for the fail-back"));
      case RESUME -> resume(round);
    };
  }

  private static Decision resume(DecisionRound round) {
    WatchState freed = round.state().edit().switches(ImmutableList.of()).held(false).done();
    DecisionRound free = round.with(freed);
    if (freed.phase() != Phase.HALTED) {
      return resumed(Decider.uncommanded(free));
    }
    return isChangeLeft(round)
        ? free.act(
            freed.pending().map(BegunChange::phase).orElse(Phase.UP),
            Action.CONTINUE,
            round.withReasons("an operator resumed the change"))
        : resumed(Decider.uncommanded(whereRecordsPoint(free)));
  }

  /** What follows by itself from what is seen is told apart from what follows unasked. */
  private static Decision resumed(Decision decision) {
    String reason = decision.next().reason();
    return new Decision(
        decision.next().withReason(reason.isEmpty() ? RESUMED : RESUMED + "; " + reason),
        decision.action());
  }

  /** A change of ours that was halted before its end. */
  private static boolean isChangeLeft(DecisionRound round) {
    return round.state().pending().isPresent()
        && (round.isChangeActive() || round.seen().change() == ChangeStatus.REFUSED);
  }

  /** Where the records point decides; where that is not clear, where they were last. */
  private static DecisionRound whereRecordsPoint(DecisionRound round) {
    boolean backup =
        isAtBackup(round)
            || (round.seen().place() != RecordPlace.PRODUCTION
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

  private static boolean isAtBackup(DecisionRound round) {
    return round.seen().place() == RecordPlace.BACKUP
        || round.seen().place() == RecordPlace.OLD_BACKUP;
  }
}
