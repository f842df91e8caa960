package io.relais.sync.guard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import java.util.Optional;

/**
 * Why a plan may not run as it is.
 *
 * @param id names this very finding, in the command that lets it pass: eight hexadecimal digits,
 *     the same for as long as what was found is the same
 * @param message one line for the operator
 */
public record GuardViolation(Reason reason, String id, String message) {
  /**
   * The objection to a source whose path leads where it is not safe to go.
   *
   * @param message one line for the operator, the same for as long as it leads there
   */
  public static GuardViolation unsafeSource(String message) {
    return of(Reason.SOURCE_UNSAFE, message, message);
  }

  /**
   * The objection to a source that is there, and is not a directory.
   *
   * @param source its path, for the operator
   * @param advice what to write instead, if that is known
   */
  public static GuardViolation noDirectory(String source, Optional<String> advice) {
    return of(
        Reason.SOURCE_NO_DIRECTORY,
        source,
        advice
            .map(instead -> "the source is not a directory: " + instead)
            .orElse(
                "the source is not a directory: something else is at %s, or on the way to it; nothing is deleted until there is one"
                    .formatted(source)));
  }

  /**
   * The objection to making good what somebody else has changed at the target.
   *
   * @param finding tells it from any other
   * @param message one line for the operator
   */
  public static GuardViolation drift(String finding, String message) {
    return of(Reason.DRIFT, finding, message);
  }

  /**
   * The objection to changing a copy that is ahead of this agent.
   *
   * @param finding tells it from any other
   * @param message one line for the operator
   */
  public static GuardViolation copyIsAhead(String finding, String message) {
    return of(Reason.COPY_IS_AHEAD, finding, message);
  }

  /**
   * An objection.
   *
   * @param finding what makes it this very one
   */
  static GuardViolation of(Reason reason, String finding, String message) {
    String id =
        Hashing.sha256().hashString(reason + "\n" + finding, UTF_8).toString().substring(0, 8);
    return new GuardViolation(reason, id, message);
  }

  /** The same under another id: for a finding that has come back after it had been less. */
  public GuardViolation again() {
    return of(reason, id, message);
  }

  /** How much is not to be done. */
  public enum Rule {
    /** Nothing may be done at the target: what is at the source's path is in doubt. */
    STOP_ALL,
    /** Nothing may be deleted; all else goes on. */
    HOLD_DELETES
  }

  /** What was found. */
  public enum Reason {
    ROOT_MISSING(Rule.STOP_ALL),
    SOURCE_UNSAFE(Rule.STOP_ALL),
    SOURCE_NO_DIRECTORY(Rule.STOP_ALL),
    ROOT_REPLACED(Rule.STOP_ALL),
    ROOT_ON_ANOTHER_DEVICE(Rule.STOP_ALL),
    SOURCE_EMPTIED(Rule.STOP_ALL),
    DRIFT(Rule.STOP_ALL),
    COPY_IS_AHEAD(Rule.STOP_ALL),
    TOO_MANY_DELETES(Rule.HOLD_DELETES),
    MOUNT_MISSING(Rule.HOLD_DELETES);

    private final Rule rule;

    Reason(Rule rule) {
      this.rule = rule;
    }

    /** Whether the source's root is another one than before. */
    public boolean isOfTheRoot() {
      return this == ROOT_REPLACED || this == ROOT_ON_ANOTHER_DEVICE;
    }

    /** Whether an operator can let it pass; otherwise only what was found can be put right. */
    public boolean canBeLetPass() {
      return this != ROOT_MISSING && this != SOURCE_UNSAFE && this != SOURCE_NO_DIRECTORY;
    }
  }

  public Rule kind() {
    return reason.rule;
  }
}
