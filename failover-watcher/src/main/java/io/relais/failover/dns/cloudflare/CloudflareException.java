package io.relais.failover.dns.cloudflare;

import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that Cloudflare did not carry out, or that got no answer. Made by {@link
 * CloudflareFailures} only.
 */
final class CloudflareException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What went wrong, as far as somebody acts by it; whether to try again, and what to do. */
  enum Reason {
    /** The token is unknown, ended, revoked or not good from here. */
    UNAUTHORIZED(
        Cause.REFUSED,
        "check token_file in [dns.cloudflare]: it takes an API token (not the Global API Key),"
            + " and the token must be active, and good from this host's address"),

    /** The token lacks a permission; the API says the same of a token that it doesn't know. */
    FORBIDDEN(
        Cause.REFUSED,
        "give the token the permissions Zone / DNS / Edit and Zone / Zone / Read for this zone;"
            + " if it is limited to client addresses, this host's must be among them"),

    /** No such zone or record. */
    NOT_FOUND(
        Cause.REFUSED,
        "check that the zone is one that the token covers (or its id in zone_ids), and the record"
            + " still there"),

    /** An identical record is there already, or one that can't stand next to this one. */
    EXISTS(Cause.RETRY, "the records are not what was read; they are read again"),

    /** The API doesn't like what was sent. */
    BAD_REQUEST(Cause.REFUSED, "if the message doesn't help, report it with the CF-Ray id"),

    /** Too many calls. */
    THROTTLED(Cause.RETRY, "too many calls"),

    /** A failure of the API's own. */
    SERVER(Cause.RETRY, "a failure at Cloudflare, see https://www.cloudflarestatus.com"),

    /** What answered is not the API, or its answer does not have the published form. */
    NOT_THE_API(
        Cause.RETRY,
        "check whether a proxy or a captive portal answers in Cloudflare's place, and the"
            + " endpoint's URL"),

    /** No answer, or not whole; the advice is by what failed. */
    NO_ANSWER(Cause.RETRY, "");

    private final Cause kind;
    private final String advice;

    Reason(Cause kind, String advice) {
      this.kind = kind;
      this.advice = advice;
    }

    String advice() {
      return advice;
    }
  }

  private final Reason reason;
  private final transient Optional<Duration> retryAfter;

  CloudflareException(
      Reason reason, String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  Reason reason() {
    return reason;
  }

  /** Whether it says that the call is not allowed, which an operator has to fix. */
  boolean isDenied() {
    return ImmutableSet.of(Reason.UNAUTHORIZED, Reason.FORBIDDEN, Reason.NOT_FOUND)
        .contains(reason);
  }

  /** For the port. */
  DnsProviderException toProvider() {
    return new DnsProviderException(reason.kind, String.valueOf(getMessage()), retryAfter, this);
  }

  /** For the port, of a request to change a record: without an answer it may yet be done. */
  DnsProviderException writing() {
    return switch (reason) {
      case SERVER, NOT_THE_API, NO_ANSWER ->
          DnsProviderException.openEnded(String.valueOf(getMessage()), retryAfter, this);
      case UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BAD_REQUEST, EXISTS, THROTTLED -> toProvider();
    };
  }
}
