package io.relais.failover.decide;

import java.util.Optional;

/**
 * What one round saw. What was not looked at in this round is UNCHECKED or UNKNOWN, which never
 * argues for a change; an answer from an earlier round would.
 *
 * @param production what its probes said, at its own addresses
 * @param sight whether what we see can be believed
 * @param backup whether the backup may take over
 * @param place where the records point
 * @param change what became of the last action; NONE if it began nothing and nothing is under way
 * @param command what an operator asks for
 * @param unreturned why the records must not go back to production yet: what was changed at the
 *     backup would be lost; empty if nothing is in the way
 * @param reasons why each is so, for people, in one line; empty if there is nothing to say
 */
public record Observation(
    Production production,
    Sight sight,
    Backup backup,
    RecordPlace place,
    ChangeStatus change,
    Optional<Command> command,
    String unreturned,
    String reasons) {
  /** What production's probes said. */
  public enum Production {
    UP,
    DOWN,
    UNKNOWN
  }

  /** Whether our view of production can be believed. */
  public enum Sight {
    /** Enough canaries answer in this round, and no other vantage point disagrees. */
    CLEAR,
    /** Not enough canaries answer: our own line or resolver is in doubt. */
    BLIND,
    /** We can't reach production, but somebody else can. */
    DISPUTED,
    UNCHECKED
  }

  /** Whether the backup may take over. */
  public enum Backup {
    /** It serves the site, the copy is fresh, and its public address is known and stable. */
    READY,
    UNREADY,
    /** It has no public address that is known and stable: there is nowhere to switch to. */
    NO_ADDRESS,
    UNCHECKED
  }

  /** What an operator asks for. */
  public enum Command {
    /** Switch now, whatever production does; the backup must be ready. */
    SWITCH,
    /** Switch now, even if the backup is not ready; its address must be known. */
    FORCE_SWITCH,
    /** Go back now; production must be up. */
    FAIL_BACK,
    /** Go back now, even if production is not up. */
    FORCE_FAIL_BACK,
    /** Leave HALTED: look at the world again. */
    RESUME
  }

  /** The same, but our view of production is in doubt. */
  public Observation blinded(String why) {
    return new Observation(
        production, Sight.BLIND, backup, place, change, command, unreturned, why);
  }

  /** The same, but nobody asks for anything. */
  public Observation withoutCommand() {
    return new Observation(
        production, sight, backup, place, change, Optional.empty(), unreturned, reasons);
  }

  /**
   * The same round after its action: production is not counted twice, the command is done, and
   * where the records were seen before no longer says anything.
   */
  Observation afterAction(ChangeStatus end, String why) {
    return new Observation(
        Production.UNKNOWN,
        sight,
        backup,
        RecordPlace.UNKNOWN,
        end,
        Optional.empty(),
        unreturned,
        why);
  }
}
