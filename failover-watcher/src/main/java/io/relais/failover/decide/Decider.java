package io.relais.failover.decide;

import io.relais.failover.decide.Observation.Command;
import java.time.Instant;
import java.util.Optional;

/**
 * The state machine: a pure function of what is remembered, what was seen, and the time.
 *
 * <p>A round first counts for production's {@link Health}, in every phase. Then the phase is
 * brought in line with a change that ended and with the zone, and then with production. The first
 * row that fits holds; an empty phase is the one above.
 *
 * <table>
 * <caption>What follows from what is seen</caption>
 * <tr><th>phase</th><th>condition</th><th>next</th><th>action</th><th>note</th>
 * <tr><td>any</td><td>now before the last round, or more than maxGap after it</td><td>the same</td><td>whatever else follows</td><td>what was counted is forgotten; times left in the future become now</td>
 * <tr><td>any</td><td>production UNKNOWN, or DOWN and sight BLIND</td><td></td><td></td><td>the round does not count, and its time is not taken for health</td>
 * <tr><td>UP, SUSPECT, DOWN, BLIND<br>(no change under way)</td><td>zone BACKUP or OLD_BACKUP</td><td>ON_BACKUP, RECOVERING</td><td>as there</td><td>a person switched, or what was remembered is lost</td>
 * <tr><td></td><td>zone FOREIGN</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>change REFUSED</td><td>HALTED</td><td>NONE</td><td>one that we don't remember</td>
 * <tr><td></td><td>production DOWN and sight BLIND</td><td>BLIND</td><td>NONE</td><td></td>
 * <tr><td></td><td>production UNKNOWN</td><td>the same</td><td>NONE</td><td></td>
 * <tr><td></td><td>health WELL</td><td>UP</td><td>NONE</td><td></td>
 * <tr><td></td><td>health SUSPECT</td><td>SUSPECT</td><td>NONE</td><td></td>
 * <tr><td></td><td>health DOWN, production answered in this round</td><td>DOWN</td><td>NONE</td><td>UP after {@code successes} good rounds in a row</td>
 * <tr><td></td><td>health DOWN, sight DISPUTED or UNCHECKED</td><td>DOWN</td><td>NONE</td><td>held back</td>
 * <tr><td></td><td>health DOWN, sight CLEAR, held by a person's force</td><td>DOWN</td><td>NONE</td><td>until it was well once</td>
 * <tr><td></td><td>health DOWN, sight CLEAR, backup not READY</td><td>DOWN</td><td>NONE</td><td>both down: production stays</td>
 * <tr><td></td><td>health DOWN, sight CLEAR, backup READY, switchesPerDay reached</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>health DOWN, sight CLEAR, backup READY</td><td>SWITCHING</td><td>SWITCH</td><td>zone PRODUCTION, MIXED or UNKNOWN: see below</td>
 * <tr><td>UP, SUSPECT, DOWN, BLIND</td><td>change UNDER_WAY or RETRYING</td><td>by sight and health</td><td>CONTINUE</td><td>one that we don't remember; the zone decides at its end</td>
 * <tr><td>SWITCHING</td><td>change UNDER_WAY or RETRYING, production well, the switch not asked for by a person</td><td>FAILING_BACK</td><td>UNDO</td><td></td>
 * <tr><td></td><td>change RETRYING, production answered in this round, the switch not asked for by a person</td><td>SWITCHING</td><td>NONE</td><td>until it is well, or fails again: a run that starts long after must not take a site away that serves</td>
 * <tr><td></td><td>change UNDER_WAY or RETRYING</td><td>SWITCHING</td><td>CONTINUE</td><td>in blindness too: half a zone is worst</td>
 * <tr><td></td><td>change VERIFIED</td><td>ON_BACKUP</td><td>NONE</td><td>the stay begins</td>
 * <tr><td></td><td>change REFUSED</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>change NONE, zone BACKUP or OLD_BACKUP</td><td>ON_BACKUP</td><td>NONE</td><td></td>
 * <tr><td></td><td>change NONE, zone FOREIGN</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>change NONE, another zone</td><td>UP, SUSPECT, DOWN</td><td>NONE</td><td>not begun, so not counted as one of the day; the next round may begin it</td>
 * <tr><td>ON_BACKUP, RECOVERING<br>(no change under way)</td><td>zone PRODUCTION</td><td>UP, SUSPECT, BLIND</td><td>NONE</td><td>a person went back; health is counted afresh</td>
 * <tr><td></td><td>zone FOREIGN</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>change REFUSED</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>zone OLD_BACKUP, backup READY, and production UP or sight CLEAR or DISPUTED</td><td>by health</td><td>FOLLOW</td><td>in each round until it is begun: the old address serves nobody</td>
 * <tr><td></td><td>production failed, or not yet well</td><td>ON_BACKUP</td><td>NONE</td><td></td>
 * <tr><td></td><td>production well</td><td>RECOVERING</td><td>NONE</td><td></td>
 * <tr><td></td><td>production well, automaticFailback, healthy for failbackAfter, on the backup for minimumStay or backup UNREADY</td><td>FAILING_BACK</td><td>FAIL_BACK</td><td></td>
 * <tr><td></td><td>production UNKNOWN, or DOWN and sight BLIND</td><td>the same</td><td>NONE</td><td></td>
 * <tr><td>ON_BACKUP, RECOVERING</td><td>change UNDER_WAY or RETRYING</td><td>by health</td><td>CONTINUE</td><td>the records follow the address</td>
 * <tr><td>FAILING_BACK</td><td>change UNDER_WAY or RETRYING</td><td>FAILING_BACK</td><td>CONTINUE</td><td>even if production fails again: one change at a time</td>
 * <tr><td></td><td>change VERIFIED</td><td>UP</td><td>NONE</td><td>health is counted afresh, so {@code failures} rounds lie before the next switch</td>
 * <tr><td></td><td>change REFUSED</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>change NONE, zone PRODUCTION</td><td>UP</td><td>NONE</td><td></td>
 * <tr><td></td><td>change NONE, zone BACKUP or OLD_BACKUP</td><td>ON_BACKUP</td><td>NONE</td><td>not begun; health is counted afresh</td>
 * <tr><td></td><td>change NONE, zone FOREIGN</td><td>HALTED</td><td>NONE</td><td></td>
 * <tr><td></td><td>change NONE, zone MIXED or UNKNOWN</td><td>ON_BACKUP, or UP for a switch undone</td><td>NONE</td><td></td>
 * <tr><td>HALTED</td><td>whatever is seen</td><td>HALTED</td><td>NONE</td><td>a change under way waits too</td>
 * </table>
 *
 * <p>A zone that is MIXED or UNKNOWN does not keep from a switch. The changer reads the records at
 * the provider before it writes and refuses where somebody else changed them; the authoritative
 * servers may be down together with production; and where half of the records are at the backup,
 * the other half belongs there.
 *
 * <p>A person's command comes after the zone and before production. One that is not followed is
 * told in {@link Decision#refusal}, and the round goes on as without it.
 *
 * <table>
 * <caption>What follows from a command</caption>
 * <tr><th>phase</th><th>command</th><th>not followed if</th><th>next</th><th>action</th>
 * <tr><td>UP, SUSPECT, DOWN, BLIND, HALTED</td><td>SWITCH</td><td>backup not READY, or a change under way; in HALTED: zone at the backup</td><td>SWITCHING</td><td>SWITCH, which does not count as one of the day</td>
 * <tr><td>other</td><td>SWITCH</td><td>always</td><td></td><td></td>
 * <tr><td>SWITCHING</td><td>FAIL_BACK</td><td>production not UP</td><td>FAILING_BACK</td><td>UNDO</td>
 * <tr><td>ON_BACKUP, RECOVERING</td><td>FAIL_BACK</td><td>production not UP, or a change under way</td><td>FAILING_BACK</td><td>FAIL_BACK</td>
 * <tr><td>HALTED</td><td>FAIL_BACK</td><td>production not UP, or zone PRODUCTION, or a change under way other than a switch</td><td>FAILING_BACK</td><td>UNDO of a switch under way, else FAIL_BACK</td>
 * <tr><td>other</td><td>FAIL_BACK</td><td>always</td><td></td><td></td>
 * <tr><td>any</td><td>FORCE_FAIL_BACK</td><td>as FAIL_BACK, but production need not be UP</td><td>as FAIL_BACK</td><td>as FAIL_BACK; then held if production was not UP</td>
 * <tr><td>HALTED</td><td>RESUME</td><td>zone FOREIGN with no change of ours left</td><td>by the change that was halted; else by the zone; else where it was</td><td>CONTINUE if one was halted, else as there</td>
 * <tr><td>other</td><td>RESUME</td><td>nothing of the below is to be forgotten</td><td>as without</td><td>as without</td>
 * </table>
 *
 * <p>RESUME also forgets the switches of the day and the hold of a forced fail-back.
 *
 * <p>How fast it can flap: from a switch's verification to the automatic fail-back it takes both
 * {@code minimumStay} (unless the backup broke) and, production having been down, {@code
 * failbackAfter}; from the fail-back's verification to the next switch {@code failures} rounds; and
 * {@code switchesPerDay} bounds it all. A switch by hand does not count there, and is gone back
 * from like any other.
 *
 * <p>The caller may look again before it carries out a SWITCH. If production answers then, it drops
 * the decision, keeps the state from before it, and decides the round anew with production UP.
 *
 * <p>Immutable; for any thread.
 */
public final class Decider {
  private final Policy policy;

  public Decider(Policy policy) {
    this.policy = policy;
  }

  /**
   * Decides one round.
   *
   * @param now not before the state's own times, but for a clock that was set back: then what was
   *     counted starts anew
   */
  public Decision decide(WatchState state, Observation seen, Instant now) {
    Round opened = Round.open(policy, state, seen, now);
    Round settled = Settling.settle(opened);
    return asked(settled)
        .orElseGet(() -> hasArrived(opened, settled) ? settledOnly(settled) : unasked(settled))
        .since(opened.state());
  }

  /**
   * Whether one more failed round would switch, as far as can be known before it: if production is
   * then seen to be down, and nothing else is in the way of a switch.
   *
   * @param change how the change under way stands
   */
  public boolean wouldSwitchIfDown(WatchState state, ChangeStatus change, Instant now) {
    Observation worst =
        new Observation(
            Observation.Production.DOWN,
            Observation.Sight.CLEAR,
            Observation.Backup.READY,
            RecordPlace.PRODUCTION,
            change,
            Optional.empty(),
            "");
    return decide(state, worst, now).action() == Decision.Action.SWITCH;
  }

  /**
   * What to remember once a decision's action has come to an end, within the same round.
   *
   * @param seen what the round saw before the action
   * @param end what became of it; NONE if it began nothing
   * @param why for people
   */
  public WatchState conclude(
      Decision decided, Observation seen, ChangeStatus end, String why, Instant now) {
    return decide(decided.next(), seen.afterAction(end, why), now).next();
  }

  private static Optional<Decision> asked(Round round) {
    Optional<Command> command = round.seen().command();
    return command.map(
        asked ->
            Commands.objection(asked, round)
                .map(why -> unasked(round).refusing(why))
                .orElseGet(() -> Commands.follow(asked, round)));
  }

  /** A change that has just ended is enough for one round. */
  private static boolean hasArrived(Round opened, Round settled) {
    return isMoving(opened) && !isMoving(settled);
  }

  private static boolean isMoving(Round round) {
    Phase phase = round.state().phase();
    return phase == Phase.SWITCHING || phase == Phase.FAILING_BACK;
  }

  private static Decision settledOnly(Round settled) {
    return new Decision(settled.state(), Decision.Action.NONE);
  }

  /** What follows from what was seen alone. */
  static Decision unasked(Round round) {
    return switch (round.state().phase()) {
      case UP, SUSPECT, DOWN, BLIND -> AtProduction.decide(round);
      case SWITCHING -> Moving.switching(round);
      case ON_BACKUP, RECOVERING -> AtBackup.decide(round);
      case FAILING_BACK -> Moving.failingBack(round);
      case HALTED -> settledOnly(round);
    };
  }
}
