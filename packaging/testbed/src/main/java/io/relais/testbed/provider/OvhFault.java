package io.relais.testbed.provider;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** What goes wrong with one request. */
public sealed interface OvhFault {
  /** Answers this, and does nothing. */
  record Answer(OvhReply reply) implements OvhFault {}

  /** Closes the connection, and does nothing. */
  record CloseBefore() implements OvhFault {}

  /** Does it, then closes the connection without a reply. */
  record LoseReply() implements OvhFault {}

  /**
   * Closes the connection, and does it when the latch opens: the call that is carried out after
   * everybody gave it up. {@link OvhSimulator#awaitLate} waits until it is done.
   */
  record ApplyLate(CountDownLatch latch) implements OvhFault {}

  /** Does nothing and says nothing, until the simulator is closed. */
  record Hang() implements OvhFault {}

  /** Does it after a while. */
  record Delay(Duration time) implements OvhFault {}

  /** Runs something (that may end the watcher's process), closes the connection, does nothing. */
  record RunInstead(Runnable action) implements OvhFault {}

  /** Runs something (that may end the watcher's process) before and after it is done. */
  record Run(Runnable before, Runnable after) implements OvhFault {}
}
