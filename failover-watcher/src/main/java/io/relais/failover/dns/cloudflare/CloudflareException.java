package io.relais.failover.dns.cloudflare;

import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Kind;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that Cloudflare did not carry out, or that got no answer. Made by {@link
 * CloudflareFailures} only.
 */
final class CloudflareException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What went wrong, as far as somebody acts by it. */
  enum Reason {
    /** The token is unknown, ended, revoked or not good from here. */
    UNAUTHORIZED,
    /** The token lacks a permission; the API says the same of a token that it doesn't know. */
    FORBIDDEN,
    /** No such zone or record. */
    NOT_FOUND,
    /** An identical record is there already, or one that can't stand beside this one. */
    EXISTS,
    /** The API doesn't like what was sent. */
    BAD_REQUEST,
    /** Too many calls. */
    THROTTLED,
    /** A failure of the API's own. */
    SERVER,
    /** Whoever answered is not the API, or what it said has not the published form. */
    NOT_THE_API,
    /** No answer, or not whole. */
    NO_ANSWER
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

  /** Whether it says that the call is not allowed, which a person has to mend. */
  boolean isDenied() {
    return ImmutableSet.of(Reason.UNAUTHORIZED, Reason.FORBIDDEN, Reason.NOT_FOUND)
        .contains(reason);
  }

  /** For the port. */
  DnsProviderException toProvider() {
    return new DnsProviderException(kind(), String.valueOf(getMessage()), retryAfter, this);
  }

  /** For the port, of a request to change a record: without an answer it may yet be done. */
  DnsProviderException writing() {
    return switch (reason) {
      case SERVER, NOT_THE_API, NO_ANSWER ->
          DnsProviderException.openEnded(String.valueOf(getMessage()), retryAfter, this);
      case UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BAD_REQUEST, EXISTS, THROTTLED -> toProvider();
    };
  }

  private Kind kind() {
    return switch (reason) {
      case UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BAD_REQUEST -> Kind.REFUSED;
      // What is there now is read anew for the next try.
      case EXISTS, THROTTLED, SERVER, NOT_THE_API, NO_ANSWER -> Kind.RETRY;
    };
  }
}
