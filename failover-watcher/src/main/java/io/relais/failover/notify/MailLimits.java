package io.relais.failover.notify;

import java.time.Duration;

/**
 * How long the parts of a mail's delivery may take.
 *
 * @param connect until the TCP connection stands
 * @param reply for each answer of the server
 * @param whole for all of it; the connection is closed then, whatever is under way, a write too
 */
record MailLimits(Duration connect, Duration reply, Duration whole) {
  /**
   * Of one delivery. A server may greet late on purpose, or look for spam before it says that it
   * took a mail, and to give up there sends the mail twice: who has such a server sets a longer
   * timeout.
   */
  static MailLimits of(Duration timeout) {
    return new MailLimits(timeout, timeout, timeout);
  }
}
