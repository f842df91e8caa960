package io.relais.sync.plan;

/**
 * Why a plan may not run as it is.
 *
 * @param id names this very finding, in the command that lets it pass: eight hexadecimal digits,
 *     the same for as long as what was found is the same
 * @param message one line for a person
 */
public record Veto(Reason reason, String id, String message) {

  /** How much is not to be done. */
  public enum Kind {
    /** Nothing may be done at the target: what is at the source's path is in doubt. */
    STOP_ALL,
    /** Nothing may be deleted; all else goes on. */
    HOLD_DELETES
  }

  /** What was found. */
  public enum Reason {
    ROOT_MISSING(Kind.STOP_ALL),
    ROOT_REPLACED(Kind.STOP_ALL),
    ROOT_ON_ANOTHER_DEVICE(Kind.STOP_ALL),
    SOURCE_EMPTIED(Kind.STOP_ALL),
    TOO_MANY_DELETES(Kind.HOLD_DELETES),
    MOUNT_MISSING(Kind.HOLD_DELETES);

    private final Kind kind;

    Reason(Kind kind) {
      this.kind = kind;
    }
  }

  public Kind kind() {
    return reason.kind;
  }
}
