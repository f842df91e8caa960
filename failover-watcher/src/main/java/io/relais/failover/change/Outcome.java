package io.relais.failover.change;

import io.relais.failover.decide.ChangeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What a step of a change came to. Texts are for people. */
public sealed interface Outcome {
  /** There is no change under way. */
  record Idle() implements Outcome {
    @Override
    public String detail() {
      return "";
    }
  }

  /**
   * The provider has it, and the authoritative servers don't all show it yet.
   *
   * @param accepted when the last publication was accepted
   */
  record Published(Instant accepted, String detail) implements Outcome {}

  /** All authoritative servers that answer show it, over UDP and TCP. */
  record Verified(Instant accepted, Instant visible, String detail) implements Outcome {}

  /** A step failed; the next try may work, not before {@code after} if given. */
  record Retrying(String detail, Optional<Duration> after) implements Outcome {}

  /** It can't work before somebody fixes what is in its way. What was done is in the journal. */
  record Refused(String detail) implements Outcome {}

  /** Somebody else changed the records; nothing more was touched. */
  record Conflict(String detail) implements Outcome {}

  /** What was seen, or went wrong; empty if there is nothing to say. */
  String detail();

  /** How the change stands then. */
  default ChangeStatus status() {
    return switch (this) {
      case Idle _ -> ChangeStatus.NONE;
      case Published _ -> ChangeStatus.UNDER_WAY;
      case Verified _ -> ChangeStatus.VERIFIED;
      case Retrying _ -> ChangeStatus.RETRYING;
      case Refused _, Conflict _ -> ChangeStatus.REFUSED;
    };
  }
}
