package io.relais.failover.dns.api;

import io.relais.failover.net.HttpReply;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** How long a server asks to wait before the next try. */
public final class RetryAfter {
  /** Whatever it says: a site must not stay down for longer because of one number. */
  public static final Duration LONGEST = Duration.ofHours(1);

  private RetryAfter() {}

  /** The header Retry-After: seconds or a date (RFC 9110, section 10.2.3); at most an hour. */
  public static Optional<Duration> of(HttpReply reply, Instant now) {
    return reply.header("Retry-After").flatMap(text -> wait(text.strip(), now));
  }

  private static Optional<Duration> wait(String text, Instant now) {
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(ofSeconds(Duration.between(now, then).toSeconds()));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** At least nothing, at most an hour. */
  public static Duration ofSeconds(long seconds) {
    return Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST.toSeconds()));
  }
}
