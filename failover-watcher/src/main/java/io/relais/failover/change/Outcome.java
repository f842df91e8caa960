package io.relais.failover.change;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How a change stands after a step. Texts are for people. */
public sealed interface Outcome {
  /** There is no change under way. */
  record Idle() implements Outcome {}

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

  /** It can't work before a person mends something. What was done is in the journal. */
  record Refused(String detail) implements Outcome {}

  /** Somebody else changed the records; nothing more was touched. */
  record Conflict(String detail) implements Outcome {}
}
