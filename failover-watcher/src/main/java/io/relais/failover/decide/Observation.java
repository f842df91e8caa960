package io.relais.failover.decide;

import java.util.Optional;

/**
 * What one round saw. What was not looked at in this round is UNCHECKED or UNKNOWN, which never
 * argues for a change; an answer from an earlier round would.
 *
 * @param production what its probes said, at its own addresses
 * @param sight whether what we see can be believed
 * @param backup whether the backup may take over
 * @param zone where the records point
 * @param change what became of the last action; NONE if it began nothing and nothing is under way
 * @param command what a person asks for
 * @param reasons why each is so, for people, in one line; empty if there is nothing to say
 */
public record Observation(
    Production production,
    Sight sight,
    Backup backup,
    Zone zone,
    Change change,
    Optional<Command> command,
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
    UNCHECKED
  }

  /** Where the records point, at the provider and at the authoritative servers. */
  public enum Zone {
    PRODUCTION,
    /** At the backup's address of now. */
    BACKUP,
    /** At an address that the backup had before. */
    OLD_BACKUP,
    /** Some at production, some at the backup, or the servers differ: a change on its way. */
    MIXED,
    /** Some are at neither, or there are none. */
    FOREIGN,
    UNKNOWN
  }

  /** How the change of the zone stands. */
  public enum Change {
    NONE,
    UNDER_WAY,
    /** Seen at the authoritative servers. */
    VERIFIED,
    /** The last step failed; it will be tried again. */
    RETRYING,
    /** It can't succeed before a person mends something. */
    REFUSED
  }

  /** What a person asks for. */
  public enum Command {
    /** Switch now, whatever production does; the backup must be ready. */
    SWITCH,
    /** Go back now; production must be up. */
    FAIL_BACK,
    /** Go back now, even if production is not up. */
    FORCE_FAIL_BACK,
    /** Leave HALTED: look at the world afresh. */
    RESUME
  }

  /** Production up, nothing else looked at, nothing under way. */
  public static Observation productionUp() {
    return new Observation(
        Production.UP,
        Sight.UNCHECKED,
        Backup.UNCHECKED,
        Zone.UNKNOWN,
        Change.NONE,
        Optional.empty(),
        "");
  }
}
