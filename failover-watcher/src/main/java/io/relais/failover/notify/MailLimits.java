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
   * Servers greet late on purpose and look for spam before they say that they took a mail. To give
   * up there sends it twice, so they get a minute for each answer (RFC 5321, section 4.5.3.2, asks
   * for more).
   */
  private static final Duration SHORTEST_REPLY = Duration.ofMinutes(1);

  static MailLimits of(Duration timeout) {
    Duration reply = timeout.compareTo(SHORTEST_REPLY) > 0 ? timeout : SHORTEST_REPLY;
    return new MailLimits(timeout, reply, timeout.plus(reply.multipliedBy(2)));
  }
}
