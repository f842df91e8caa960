package io.relais.failover.engine;

import io.relais.common.Faults;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.ChangeStatus;
import io.relais.failover.decide.Decider;
import io.relais.failover.decide.Decision;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Health.Verdict;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.decide.WatchState;
import io.relais.failover.decide.WatchState.BegunChange;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One round: probe, decide, act. For one thread, which owns the memory. */
final class FailoverRound {
  private static final Logger log = LoggerFactory.getLogger(FailoverRound.class);

  private final Observer observer;
  private final Decider decider;
  private final Actor actor;
  private final ZoneWatch zone;
  private final StateKeeper keeper;

  FailoverRound(
      Observer observer, Decider decider, Actor actor, ZoneWatch zone, StateKeeper keeper) {
    this.observer = observer;
    this.decider = decider;
    this.actor = actor;
    this.zone = zone;
    this.keeper = keeper;
  }

  /** Carries a round out. */
  RoundReport run(Memory remembered, Optional<Command> command, Instant now)
      throws InterruptedException {
    forgetResolved(command);
    Memory memory = reconcile(remembered, now);
    ChangeStatus change = actor.outcome().status();
    Observer.Occasion occasion =
        new Observer.Occasion(
            change, command, decider.wouldSwitchIfDown(memory.watch(), change, now), now);
    Observer.Result result = observer.observe(memory, occasion);
    Seen seen = result.seen();
    Decision decision = decider.decide(memory.watch(), seen.observation(), now);
    if (decision.action() == Action.SWITCH && command.isEmpty() && !observer.stillClear()) {
      seen = seen.blinded("the canaries fell silent just before the switch");
      decision = decider.decide(memory.watch(), seen.observation(), now);
    }
    return act(result.memory(), seen, decision, now);
  }

  /** A journal that can't be written is told by the action that needs it. */
  private void forgetResolved(Optional<Command> command) throws InterruptedException {
    if (command.equals(Optional.of(Command.RESUME))) {
      try {
        actor.forgetResolved();
      } catch (IOException e) {
        log.warn("what was resolved by hand can't be forgotten: {}", Faults.describe(e));
      }
    }
  }

  private RoundReport act(Memory memory, Seen seen, Decision decision, Instant now)
      throws InterruptedException {
    ActionResult deed = deed(memory.withWatch(decision.next()), seen, decision.action(), now);
    if (decision.action() != Action.NONE && deed.tried()) {
      zone.expire();
    }
    WatchState next =
        deed.begun()
            ? concluded(seen, decision, deed.outcome(), now)
            : unbegun(memory.watch(), seen, decision, deed.outcome(), now);
    // What only rehearses begins nothing, and leaves no trace of it.
    boolean rehearsed = deed.outcome() instanceof Outcome.Idle;
    Optional<String> refusal =
        deed.begun() || rehearsed || seen.observation().command().isEmpty()
            ? decision.refusal()
            : Optional.of("it could not be begun: " + deed.outcome().detail());
    WatchState known = deed.rejected() ? next.withReason(rejected(next, deed)) : next;
    return new RoundReport(
        outage(memory.withWatch(known), seen).withNotBefore(actor.notBefore()),
        memory.watch(),
        afterwards(seen, deed, known),
        deed,
        refusal);
  }

  private static String rejected(WatchState next, ActionResult deed) {
    String why =
        "the provider has not accepted it yet: " + deed.outcome().detail() + "; it is tried again";
    return deed.action() == Action.CONTINUE ? why : next.reason() + "; " + why;
  }

  /** Where the records were seen before something was done with them is not where they are. */
  private static Seen afterwards(Seen seen, ActionResult deed, WatchState next) {
    if (deed.action() == Action.NONE || !deed.tried()) {
      return seen;
    }
    if (deed.changing()) {
      return seen.locatedAt(
          RecordPlace.UNKNOWN,
          next.phase() == Phase.HALTED
              ? "a change of them was halted before its end"
              : "they are being changed");
    }
    if (!(deed.outcome() instanceof Outcome.Verified verified)) {
      return seen;
    }
    return switch (next.phase()) {
      case ON_BACKUP, RECOVERING -> seen.locatedAt(RecordPlace.BACKUP, verified.detail());
      case UP, SUSPECT, DOWN, BLIND -> seen.locatedAt(RecordPlace.PRODUCTION, verified.detail());
      case SWITCHING, FAILING_BACK, HALTED ->
          seen.locatedAt(RecordPlace.UNKNOWN, "they were changed");
    };
  }

  private ActionResult deed(Memory next, Seen seen, Action action, Instant now)
      throws InterruptedException {
    boolean waits =
        action != Action.NONE
            && action != Action.UNDO
            && seen.observation().command().isEmpty()
            && actor.notBefore().filter(now::isBefore).isPresent();
    Outcome outcome = waits ? actor.last() : carryOut(next, seen, action, now);
    boolean accepted = outcome instanceof Outcome.Published || outcome instanceof Outcome.Verified;
    boolean begun =
        action.begins().isEmpty() || accepted || actor.underWay().equals(action.begins());
    return new ActionResult(action, !waits, begun, outcome, actor.underWay().isPresent(), actor.accepted());
  }

  /** What can't be remembered must not be begun. */
  private Outcome carryOut(Memory next, Seen seen, Action action, Instant now)
      throws InterruptedException {
    try {
      if (action.begins().isPresent()) {
        keeper.save(next, now);
      }
      return actor.act(action, seen.backup(), now);
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException(e.getMessage());
      }
      return new Outcome.Retrying(String.valueOf(e.getMessage()), Optional.empty());
    }
  }

  /** A change that has ended is known in the same round. */
  private WatchState concluded(Seen seen, Decision decision, Outcome outcome, Instant now) {
    boolean ended =
        switch (outcome.status()) {
          case VERIFIED, REFUSED -> true;
          case NONE, UNDER_WAY, RETRYING -> false;
        };
    return ended && decision.action() != Action.NONE
        ? decider.conclude(
            decision,
            seen.observation(),
            outcome.status(),
            why(seen, decision.action(), outcome),
            now)
        : decision.next();
  }

  /** A switch done within its round has no other line that says what was wrong. */
  private static String why(Seen seen, Action action, Outcome outcome) {
    String reasons = seen.observation().reasons();
    Optional<Command> command = seen.observation().command();
    if (action != Action.SWITCH || command.equals(Optional.of(Command.SWITCH))) {
      return outcome.detail();
    }
    return outcome.detail()
        + (command.equals(Optional.of(Command.RESUME)) ? "; an operator had resumed" : "")
        + (reasons.isEmpty() ? "" : because(outcome) + reasons);
  }

  private static String because(Outcome outcome) {
    return outcome instanceof Outcome.Verified
        ? "; switched because: "
        : "; it was to switch because: ";
  }

  /**
   * Nothing was begun, so nothing is under way: a person's command is dropped, and all else is as
   * in a round that could do nothing.
   */
  private WatchState unbegun(
      WatchState before, Seen seen, Decision decision, Outcome outcome, Instant now) {
    Decision own =
        seen.observation().command().isPresent()
            ? decider.decide(before, seen.observation().withoutCommand(), now)
            : decision;
    if (own.action().begins().isEmpty()) {
      return own.next();
    }
    if (own.action() == Action.UNDO) {
      return before; // The switch goes on.
    }
    ChangeStatus end = outcome instanceof Outcome.Retrying ? ChangeStatus.NONE : outcome.status();
    return decider
        .conclude(own, seen.observation(), end, outcome.detail(), now)
        .keepingSince(before);
  }

  /** An outage is over when production is well, not when it answers once. */
  private static Memory outage(Memory memory, Seen seen) {
    boolean well =
        seen.observation().production() == Production.UP
            && memory.watch().health().verdict() == Verdict.WELL;
    return well ? memory.withOutage(Optional.empty()) : memory;
  }

  /** What the state says may lag behind the journal, by a kill in between: the journal is right. */
  private Memory reconcile(Memory memory, Instant now) {
    Optional<ChangeKind> begun = actor.underWay();
    Optional<ChangeKind> known = memory.watch().pending().map(BegunChange::kind);
    return begun.isEmpty() || begun.equals(known)
        ? memory
        : memory.withWatch(WatchState.recovered(begun.get(), now));
  }
}
