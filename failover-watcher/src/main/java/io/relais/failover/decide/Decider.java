package io.relais.failover.decide;

import io.relais.failover.decide.Observation.Command;
import java.time.Instant;
import java.util.Optional;

/**
 * The state machine: a pure function of what is remembered, what was seen, and the time.
 *
 * <p>A round first counts for production's {@link SiteHealth}, in every phase. Then the phase is
 * brought in line with a change that ended and with where the records point ("place" below), and
 * then with production. In each table the first row that fits holds. "Changing" is a change that is
 * UNDER_WAY or RETRYING.
 *
 * <p><b>In every phase</b>, before anything else:
 *
 * <pre>
 * seen                                   then
 * -------------------------------------  ---------------------------------------------------------
 * now is before the last round, or more  what was counted is forgotten; times left in the future
 *   than maxGap after it                   become now
 * production UNKNOWN, or DOWN and sight  the round does not count, and its time is not taken for
 *   BLIND                                  health
 * </pre>
 *
 * <b>UP, SUSPECT, DOWN, BLIND</b>: the records point at production, as far as is known.
 *
 * <pre>
 * seen                              next          action    note
 * --------------------------------  ------------  --------  ---------------------------------------
 * changing                          by sight and  CONTINUE  a change that we don't remember; the
 *                                     health                  place decides at its end
 * place BACKUP or OLD_BACKUP        ON_BACKUP,    as there  somebody switched, or what was
 *                                     RECOVERING              remembered is lost
 * place FOREIGN                     HALTED        NONE
 * change REFUSED                    HALTED        NONE      one that we don't remember
 * production DOWN, sight BLIND      BLIND         NONE
 * production UNKNOWN                the same      NONE
 * health WELL                       UP            NONE
 * health SUSPECT                    SUSPECT       NONE
 * health DOWN, and
 *   production answered just now    DOWN          NONE      UP after 'successes' good rounds
 *   sight DISPUTED or UNCHECKED     DOWN          NONE      held back
 *   held by a forced fail-back      DOWN          NONE      until it was well once
 *   backup not READY                DOWN          NONE      both down: production stays
 *   switchesPerDay reached          HALTED        NONE
 *   nothing of that                 SWITCHING     SWITCH    place PRODUCTION, MIXED or UNKNOWN
 * </pre>
 *
 * A place that is MIXED or UNKNOWN does not prevent a switch. The changer reads the records at the
 * provider before it writes and refuses where somebody else changed them; the authoritative servers
 * may be down together with production; and where half of the records are at the backup, the other
 * half belongs there.
 *
 * <p><b>SWITCHING</b>:
 *
 * <pre>
 * seen                              next          action    note
 * --------------------------------  ------------  --------  ---------------------------------------
 * changing, not by command, and
 *   production is well              FAILING_BACK  UNDO
 *   RETRYING, production answered   SWITCHING     NONE      until it is well, or fails again: a
 *     just now                                                run that starts long after must not
 *                                                             take a site away that serves
 * changing                          SWITCHING     CONTINUE  when BLIND too: half a zone is worst
 * change VERIFIED                   ON_BACKUP     NONE      the stay begins
 * change REFUSED                    HALTED        NONE
 * change NONE, and
 *   place BACKUP or OLD_BACKUP      ON_BACKUP     NONE
 *   place FOREIGN                   HALTED        NONE
 *   any other place                 UP, SUSPECT,  NONE      not begun, so not counted as one of the
 *                                     DOWN                    day; the next round may begin it
 * </pre>
 *
 * <b>ON_BACKUP, RECOVERING</b>: the records point at the backup.
 *
 * <pre>
 * seen                              next          action     note
 * --------------------------------  ------------  ---------  --------------------------------------
 * changing                          by health     CONTINUE   the records follow the address
 * change REFUSED                    HALTED        NONE
 * place PRODUCTION                  UP, SUSPECT,  NONE       somebody went back; health is counted
 *                                     BLIND                    from the start
 * place FOREIGN                     HALTED        NONE
 * place OLD_BACKUP, backup READY,   by health     FOLLOW     in each round until it is begun: the
 *   and production UP or sight                                 old address serves nobody
 *   CLEAR or DISPUTED
 * production UNKNOWN, or DOWN and   the same      NONE
 *   sight BLIND
 * production not well               ON_BACKUP     NONE
 * automaticFailback, nothing left   FAILING_BACK  FAIL_BACK  unreturned changes: 'return' first
 *   unreturned, healthy for
 *   failbackAfter, and here for
 *   minimumStay or backup UNREADY or NO_ADDRESS
 * production well                   RECOVERING    NONE
 * </pre>
 *
 * <b>FAILING_BACK</b>:
 *
 * <pre>
 * seen                              next          action    note
 * --------------------------------  ------------  --------  ---------------------------------------
 * changing                          FAILING_BACK  CONTINUE  even if production fails again: one
 *                                                             change at a time
 * change VERIFIED                   UP            NONE      health is counted from the start, so
 *                                                             'failures' rounds lie before a switch
 * change REFUSED                    HALTED        NONE
 * change NONE, and
 *   place PRODUCTION                UP            NONE
 *   place BACKUP or OLD_BACKUP      ON_BACKUP     NONE      not begun; health is counted from the
 *                                                             start
 *   place FOREIGN                   HALTED        NONE
 *   place MIXED or UNKNOWN          ON_BACKUP     NONE      UP for a switch that was undone
 * </pre>
 *
 * <b>HALTED</b> stays HALTED, whatever is seen, and does nothing: a change under way waits too.
 *
 * <p><b>A command</b> comes after the place and before production. One that is not followed is told
 * in {@link Decision#refusal}, and the round goes on as without it.
 *
 * <pre>
 * command    phase           not followed if                next          action
 * ---------  --------------  -----------------------------  ------------  -----------------------
 * SWITCH     UP, SUSPECT,    backup not READY, or changing  SWITCHING     SWITCH, not counted as
 *            DOWN, BLIND                                                    one of the day
 *            HALTED          the same, or at the backup     SWITCHING     the same
 *            any other       always
 * FORCE_     as SWITCH       as SWITCH, but backup need     as SWITCH     as SWITCH
 * SWITCH                       not be READY; it must have
 *                              an address
 * FAIL_BACK  SWITCHING       production not UP              FAILING_BACK  UNDO
 *            ON_BACKUP,      production not UP, or          FAILING_BACK  FAIL_BACK
 *            RECOVERING        changing, or unreturned
 *            HALTED          production not UP, or place    FAILING_BACK  UNDO of a switch under
 *                              PRODUCTION, or changing                      way, otherwise
 *                              other than by a switch                       FAIL_BACK
 *            any other       always
 * FORCE_     any             as FAIL_BACK, but production   as FAIL_BACK  as FAIL_BACK; then held
 * FAIL_BACK                    need not be UP, nor all                      if it was not UP
 *                              be returned
 * RESUME     HALTED          place FOREIGN with no change   see below     CONTINUE if a change
 *                              of ours left                                 was halted, otherwise
 *                                                                           as in the next phase
 *            any other       there is nothing to forget     as without    as without
 * </pre>
 *
 * RESUME leads where the change that was halted leads; without one, to where the records are; and
 * where that is not clear, to where they were. It also forgets the switches of the day and the hold
 * of a forced fail-back.
 *
 * <p>How fast it can flap: from a switch's verification to the automatic fail-back it takes both
 * {@code minimumStay} (unless the backup broke) and, production having been down, {@code
 * failbackAfter}; from the fail-back's verification to the next switch {@code failures} rounds; and
 * {@code switchesPerDay} bounds it all. A switch by command does not count there, and is gone back
 * from like any other.
 *
 * <p>The caller may look again before it carries out a SWITCH. If production answers then, it drops
 * the decision, keeps the state from before it, and decides the round again with production UP.
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
   * @param now not before the state's own times, unless the clock was set back: then what was
   *     counted is forgotten
   */
  public Decision decide(WatchState state, Observation seen, Instant now) {
    DecisionRound opened = DecisionRound.open(policy, state, seen, now);
    DecisionRound reconciled = PhaseReconciler.reconcile(opened);
    return commanded(reconciled)
        .orElseGet(
            () ->
                hasChangeEnded(opened, reconciled) ? noAction(reconciled) : uncommanded(reconciled))
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
            "",
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

  private static Optional<Decision> commanded(DecisionRound round) {
    Optional<Command> command = round.seen().command();
    return command.map(
        wanted ->
            Commands.objection(wanted, round)
                .map(why -> uncommanded(round).refusing(why))
                .orElseGet(() -> Commands.follow(wanted, round)));
  }

  /** A change that has just ended is enough for one round. */
  private static boolean hasChangeEnded(DecisionRound opened, DecisionRound reconciled) {
    return isChanging(opened) && !isChanging(reconciled);
  }

  private static boolean isChanging(DecisionRound round) {
    Phase phase = round.state().phase();
    return phase == Phase.SWITCHING || phase == Phase.FAILING_BACK;
  }

  private static Decision noAction(DecisionRound round) {
    return new Decision(round.state(), Decision.Action.NONE);
  }

  /** What follows from what was seen alone. */
  static Decision uncommanded(DecisionRound round) {
    return switch (round.state().phase()) {
      case UP, SUSPECT, DOWN, BLIND -> ProductionPhase.decide(round);
      case SWITCHING -> ChangingPhase.switching(round);
      case ON_BACKUP, RECOVERING -> BackupPhase.decide(round);
      case FAILING_BACK -> ChangingPhase.failingBack(round);
      case HALTED -> noAction(round);
    };
  }
}
