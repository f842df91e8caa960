package io.relais.failover.engine;

import io.relais.common.Faults;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.ChangeStatus;
import io.relais.failover.decide.Decider;
import io.relais.failover.decide.Decision;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.decide.SiteHealth.Verdict;
import io.relais.failover.decide.WatchState;
import io.relais.failover.decide.WatchState.BegunChange;
import io.relais.failover.observe.Observer;
import io.relais.failover.observe.RecordTracker;
import io.relais.failover.observe.RoundObservation;
import io.relais.failover.observe.RoundReport;
import io.relais.failover.observe.RoundReport.ActionResult;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.StateKeeper;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One round: probe, decide, act. For one thread, which owns the memory. */
final class FailoverRound {
  private static final Logger log = LoggerFactory.getLogger(FailoverRound.class);

  private final Observer observer;
  private final Decider decider;
  private final ZoneActions zoneActions;
  private final RecordTracker zone;
  private final StateKeeper keeper;

  FailoverRound(
      Observer observer,
      Decider decider,
      ZoneActions zoneActions,
      RecordTracker zone,
      StateKeeper keeper) {
    this.observer = observer;
    this.decider = decider;
    this.zoneActions = zoneActions;
    this.zone = zone;
    this.keeper = keeper;
  }

  /**
   * Carries a round out.
   *
   * @param outageBegan told at once when production begins to fail; the round may take long, and
   *     the process may end within it
   */
  RoundReport run(
      PersistentState remembered,
      Optional<Command> command,
      Instant now,
      Consumer<Instant> outageBegan)
      throws InterruptedException {
    forgetResolved(command);
    PersistentState persistentState = reconcile(remembered, now);
    ChangeStatus change = zoneActions.outcome().status();
    Observer.Occasion occasion =
        new Observer.Occasion(
            change, command, decider.wouldSwitchIfDown(persistentState.watch(), change, now), now);
    Observer.ObservedRound observedRound =
        observer.observe(
            persistentState,
            occasion,
            () -> {
              outageBegan.accept(now);
              keeper.keep(persistentState.withOutage(Optional.of(now)), now);
            });
    RoundObservation roundObservation = observedRound.seen();
    Decision decision =
        decider.decide(persistentState.watch(), roundObservation.observation(), now);
    if (decision.action() == Action.SWITCH && command.isEmpty() && !observer.stillClear()) {
      roundObservation =
          roundObservation.blinded("the canaries fell silent just before the switch");
      decision = decider.decide(persistentState.watch(), roundObservation.observation(), now);
    }
    return act(observedRound.memory(), roundObservation, decision, now);
  }

  /** A journal that can't be written is told by the action that needs it. */
  private void forgetResolved(Optional<Command> command) throws InterruptedException {
    if (command.equals(Optional.of(Command.RESUME))) {
      try {
        zoneActions.forgetResolved();
      } catch (IOException e) {
        log.warn("what was resolved by hand can't be forgotten: {}", Faults.describe(e));
      }
    }
  }

  private RoundReport act(
      PersistentState persistentState,
      RoundObservation roundObservation,
      Decision decision,
      Instant now)
      throws InterruptedException {
    ActionResult result =
        carryOutUnlessWaiting(
            persistentState.withWatch(decision.next()), roundObservation, decision.action(), now);
    if (decision.action() != Action.NONE && result.tried()) {
      zone.expire();
    }
    WatchState next =
        result.begun()
            ? concluded(roundObservation, decision, result.outcome(), now)
            : unbegun(persistentState.watch(), roundObservation, decision, result.outcome(), now);
    // What only rehearses begins nothing, and leaves no trace of it.
    boolean rehearsed = result.outcome() instanceof Outcome.Idle;
    Optional<String> refusal =
        result.begun() || rehearsed || roundObservation.observation().command().isEmpty()
            ? decision.refusal()
            : Optional.of("it could not be begun: " + result.outcome().detail());
    WatchState known = result.rejected() ? next.withReason(rejected(next, result)) : next;
    return new RoundReport(
        outage(persistentState.withWatch(known), roundObservation)
            .withNotBefore(zoneActions.notBefore()),
        persistentState.watch(),
        afterwards(roundObservation, result, known),
        result,
        refusal);
  }

  private static String rejected(WatchState next, ActionResult result) {
    String why =
        "the provider has not accepted it yet: "
            + result.outcome().detail()
            + "; it is tried again";
    return result.action() == Action.CONTINUE ? why : next.reason() + "; " + why;
  }

  /** Where the records were seen before something was done with them is not where they are. */
  private static RoundObservation afterwards(
      RoundObservation roundObservation, ActionResult result, WatchState next) {
    if (result.action() == Action.NONE || !result.tried()) {
      return roundObservation;
    }
    if (result.changing()) {
      return roundObservation.locatedAt(
          RecordPlace.UNKNOWN,
          next.phase() == Phase.HALTED
              ? "a change of them was halted before its end"
              : "they are being changed");
    }
    if (!(result.outcome() instanceof Outcome.Verified verified)) {
      return roundObservation;
    }
    return switch (next.phase()) {
      case ON_BACKUP, RECOVERING ->
          roundObservation.locatedAt(RecordPlace.BACKUP, verified.detail());
      case UP, SUSPECT, DOWN, BLIND ->
          roundObservation.locatedAt(RecordPlace.PRODUCTION, verified.detail());
      case SWITCHING, FAILING_BACK, HALTED ->
          roundObservation.locatedAt(RecordPlace.UNKNOWN, "they were changed");
    };
  }

  private ActionResult carryOutUnlessWaiting(
      PersistentState next, RoundObservation roundObservation, Action action, Instant now)
      throws InterruptedException {
    boolean waits =
        action != Action.NONE
            && action != Action.UNDO
            && roundObservation.observation().command().isEmpty()
            && zoneActions.notBefore().filter(now::isBefore).isPresent();
    Outcome outcome = waits ? zoneActions.last() : carryOut(next, roundObservation, action, now);
    boolean accepted = outcome instanceof Outcome.Published || outcome instanceof Outcome.Verified;
    boolean begun =
        action.begins().isEmpty() || accepted || zoneActions.underWay().equals(action.begins());
    return new ActionResult(
        action, !waits, begun, outcome, zoneActions.underWay().isPresent(), zoneActions.accepted());
  }

  /** What can't be remembered must not be begun. */
  private Outcome carryOut(
      PersistentState next, RoundObservation roundObservation, Action action, Instant now)
      throws InterruptedException {
    try {
      if (action.begins().isPresent()) {
        keeper.save(next, now);
      }
      return zoneActions.act(action, roundObservation.backup(), next.watch().reason(), now);
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException(e.getMessage());
      }
      return new Outcome.Retrying(String.valueOf(e.getMessage()), Optional.empty());
    }
  }

  /** A change that has ended is known in the same round. */
  private WatchState concluded(
      RoundObservation roundObservation, Decision decision, Outcome outcome, Instant now) {
    boolean ended =
        switch (outcome.status()) {
          case VERIFIED, REFUSED -> true;
          case NONE, UNDER_WAY, RETRYING -> false;
        };
    return ended && decision.action() != Action.NONE
        ? decider.conclude(
            decision,
            roundObservation.observation(),
            outcome.status(),
            why(roundObservation, decision.action(), outcome),
            now)
        : decision.next();
  }

  /** A switch done within its round has no other line that says what was wrong. */
  private static String why(RoundObservation roundObservation, Action action, Outcome outcome) {
    String reasons = roundObservation.observation().reasons();
    Optional<Command> command = roundObservation.observation().command();
    if (action != Action.SWITCH || isSwitch(command)) {
      return outcome.detail();
    }
    return outcome.detail()
        + (command.equals(Optional.of(Command.RESUME)) ? "; an operator had resumed" : "")
        + (reasons.isEmpty() ? "" : because(outcome) + reasons);
  }

  private static boolean isSwitch(Optional<Command> command) {
    return command
        .filter(asked -> asked == Command.SWITCH || asked == Command.FORCE_SWITCH)
        .isPresent();
  }

  private static String because(Outcome outcome) {
    return outcome instanceof Outcome.Verified
        ? "; switched because: "
        : "; it was to switch because: ";
  }

  /**
   * Nothing was begun, so nothing is under way: an operator's command is dropped, and all else is
   * as in a round that could do nothing.
   */
  private WatchState unbegun(
      WatchState before,
      RoundObservation roundObservation,
      Decision decision,
      Outcome outcome,
      Instant now) {
    Decision own =
        roundObservation.observation().command().isPresent()
            ? decider.decide(before, roundObservation.observation().withoutCommand(), now)
            : decision;
    if (own.action().begins().isEmpty()) {
      return own.next();
    }
    if (own.action() == Action.UNDO) {
      return before; // The switch goes on.
    }
    ChangeStatus end = outcome instanceof Outcome.Retrying ? ChangeStatus.NONE : outcome.status();
    return decider
        .conclude(own, roundObservation.observation(), end, outcome.detail(), now)
        .keepingSince(before);
  }

  /** An outage is over when production is well, not when it answers once. */
  private static PersistentState outage(
      PersistentState persistentState, RoundObservation roundObservation) {
    boolean well =
        roundObservation.observation().production() == Production.UP
            && persistentState.watch().health().verdict() == Verdict.WELL;
    return well ? persistentState.withOutage(Optional.empty()) : persistentState;
  }

  /** What the state says may lag behind the journal, by a kill in between: the journal is right. */
  private PersistentState reconcile(PersistentState persistentState, Instant now) {
    Optional<ChangeKind> begun = zoneActions.underWay();
    Optional<ChangeKind> known = persistentState.watch().pending().map(BegunChange::kind);
    return begun.isEmpty() || begun.equals(known)
        ? persistentState
        : persistentState.withWatch(WatchState.recovered(begun.get(), now));
  }
}
