package io.relais.failover.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.net.HttpHeaders;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * The answer to an {@link HttpCall}, whatever its status.
 *
 * @param status the code, as 200
 * @param headers by name in lower case, as they came
 * @param body what was read of it, decoded from its transfer and content coding
 * @param truncated whether the body is longer than what was asked for
 * @param certificate the server's own, over TLS
 * @param address that was asked; empty where no network was, as in tests
 */
@SuppressWarnings("ArrayRecordComponent") // replies are never compared
public record HttpReply(
    int status,
    ImmutableListMultimap<String, String> headers,
    byte[] body,
    boolean truncated,
    HttpTimings timings,
    Optional<X509Certificate> certificate,
    Optional<InetAddress> address) {
  /** The first header of that name, whatever its case. */
  public Optional<String> header(String name) {
    return headers.get(name.toLowerCase(Locale.ROOT)).stream().findFirst();
  }

  /**
   * How long the server asks to wait before the next try, by its header Retry-After (RFC 9110,
   * section 10.2.3): seconds, with decimals too, or a date, counted from the server's own clock
   * where it tells it. Never negative, and as long as the server likes.
   *
   * @param now the time by this host's clock
   * @return empty if it does not ask, or in another form
   */
  public Optional<Duration> retryAfter(Instant now) {
    return header(HttpHeaders.RETRY_AFTER)
        .map(String::strip)
        .flatMap(text -> seconds(text).or(() -> until(text, now)));
  }

  private static Optional<Duration> seconds(String text) {
    return text.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")
        ? Optional.of(Duration.ofMillis((long) Math.ceil(Double.parseDouble(text) * 1000)))
        : Optional.empty();
  }

  private Optional<Duration> until(String text, Instant now) {
    Instant from = header(HttpHeaders.DATE).flatMap(HttpReply::date).orElse(now);
    return date(text)
        .map(then -> Duration.between(from, then))
        .map(wait -> wait.isNegative() ? Duration.ZERO : wait);
  }

  private static Optional<Instant> date(String text) {
    try {
      return Optional.of(
          ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** The body as UTF-8; what isn't, as the replacement character. */
  public String text() {
    return new String(body, UTF_8);
  }
}
