package io.relais.failover.engine;

import io.relais.failover.change.ChangeKind;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.Decider;
import io.relais.failover.decide.Decision;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Observation.Backup;
import io.relais.failover.decide.Observation.Change;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.Observation.Zone;
import io.relais.failover.decide.WatchState;
import io.relais.failover.decide.WatchState.Pending;
import io.relais.failover.decide.WatchState.Pending.Kind;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** One round: probe, decide, act. For one thread, which owns the memory. */
final class FailoverRound {
  private final Observer observer;
  private final Decider decider;
  private final Actor actor;
  private final ZoneWatch zone;
  private final Keeper keeper;

  /** Keeps the memory on disk. */
  @FunctionalInterface
  interface Keeper {
    /**
     * Saves it.
     *
     * @throws IOException if it can't: then nothing may be begun
     */
    void save(Memory memory) throws IOException;
  }

  FailoverRound(Observer observer, Decider decider, Actor actor, ZoneWatch zone, Keeper keeper) {
    this.observer = observer;
    this.decider = decider;
    this.actor = actor;
    this.zone = zone;
    this.keeper = keeper;
  }

  /**
   * What a round did.
   *
   * @param before the decision's state when it began
   * @param outcome of the action, if the zone was touched or a change is under way
   * @param changing whether a change of the zone is under way
   * @param trouble why nothing was done though something should have been, by the decision or by a
   *     person's command; for people
   */
  record Report(
      Memory memory,
      WatchState before,
      Seen seen,
      Action action,
      Outcome outcome,
      boolean changing,
      Optional<String> trouble) {}

  /** Carries a round out. */
  Report run(Memory remembered, Optional<Command> command, Instant now)
      throws InterruptedException {
    Memory memory = reconcile(remembered, now);
    Observer.Occasion occasion =
        new Observer.Occasion(change(actor.outcome()), command, decisive(memory, now), now);
    Observer.Result result = observer.observe(memory, occasion);
    Seen seen = result.seen();
    Decision decision = decider.decide(memory.watch(), seen.observation(), now);
    if (decision.action() == Action.SWITCH && command.isEmpty() && !observer.stillClear()) {
      seen = seen.blinded("the canaries fell silent just before the switch");
      decision = decider.decide(memory.watch(), seen.observation(), now);
    }
    return act(result.memory(), seen, decision, now);
  }

  /** Whether one more failed round would switch, as far as can be known before it. */
  private boolean decisive(Memory memory, Instant now) {
    Observation worst =
        new Observation(
            Production.DOWN,
            Sight.CLEAR,
            Backup.READY,
            Zone.PRODUCTION,
            change(actor.outcome()),
            Optional.empty(),
            "");
    return decider.decide(memory.watch(), worst, now).action() == Action.SWITCH;
  }

  private Report act(Memory memory, Seen seen, Decision decision, Instant now)
      throws InterruptedException {
    WatchState before = memory.watch();
    Memory next = memory.withWatch(decision.next());
    Outcome outcome;
    try {
      if (begins(decision.action())) {
        keeper.save(next);
      }
      outcome = actor.act(decision.action(), seen.backup(), now);
    } catch (IOException e) {
      // Observe only: what can't be remembered must not be begun.
      return new Report(
          memory,
          before,
          seen,
          Action.NONE,
          actor.outcome(),
          actor.underWay().isPresent(),
          Optional.of(trouble(e)));
    }
    if (decision.action() != Action.NONE) {
      zone.expire();
    }
    if (decision.action() != Action.NONE && isSettled(outcome)) {
      Seen after = seen.settled(change(outcome), describe(outcome));
      next = next.withWatch(decider.decide(next.watch(), after.observation(), now).next());
    }
    return new Report(
        next,
        before,
        seen,
        decision.action(),
        outcome,
        actor.underWay().isPresent(),
        decision.refusal());
  }

  private static String trouble(IOException e) {
    return "the state can't be written, so nothing is changed: "
        + e.getMessage()
        + "; make room, or mend who may write there";
  }

  private static boolean begins(Action action) {
    return switch (action) {
      case SWITCH, FAIL_BACK, FOLLOW, UNDO -> true;
      case NONE, CONTINUE -> false;
    };
  }

  private static boolean isSettled(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Verified _, Outcome.Refused _, Outcome.Conflict _ -> true;
      case Outcome.Idle _, Outcome.Published _, Outcome.Retrying _ -> false;
    };
  }

  /** What the state says may lag behind the journal, by a kill in between: the journal is right. */
  private Memory reconcile(Memory memory, Instant now) {
    Optional<Kind> begun = actor.underWay().map(FailoverRound::kind);
    Optional<Kind> known = memory.watch().pending().map(Pending::kind);
    return begun.isEmpty() || begun.equals(known)
        ? memory
        : memory.withWatch(WatchState.recovered(begun.get(), now));
  }

  private static Kind kind(ChangeKind kind) {
    return switch (kind) {
      case SWITCH -> Kind.SWITCH;
      case FAIL_BACK -> Kind.FAIL_BACK;
      case FOLLOW -> Kind.FOLLOW;
    };
  }

  static Change change(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Idle _ -> Change.NONE;
      case Outcome.Published _ -> Change.UNDER_WAY;
      case Outcome.Verified _ -> Change.VERIFIED;
      case Outcome.Retrying _ -> Change.RETRYING;
      case Outcome.Refused _, Outcome.Conflict _ -> Change.REFUSED;
    };
  }

  static String describe(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Idle _ -> "";
      case Outcome.Published published -> published.detail();
      case Outcome.Verified verified -> verified.detail();
      case Outcome.Retrying retrying -> retrying.detail();
      case Outcome.Refused refused -> refused.detail();
      case Outcome.Conflict conflict -> conflict.detail();
    };
  }
}
