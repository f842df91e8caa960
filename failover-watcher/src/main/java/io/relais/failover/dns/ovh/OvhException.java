package io.relais.failover.dns.ovh;

import io.relais.failover.dns.DnsProviderException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call that OVH did not carry out, or that got no answer. Made by {@link OvhFailures} only. */
final class OvhException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  enum Reason {
    /** The application key is unknown. */
    INVALID_KEY,
    /** The consumer key is unknown. */
    NOT_CREDENTIAL,
    /** The consumer key is not valid: not confirmed yet, expired or revoked. */
    INVALID_CREDENTIAL,
    /** The signature is wrong, which a mistyped secret or key causes too. */
    INVALID_SIGNATURE,
    /** The time stamp is too far off. */
    QUERY_TIME_OUT,
    /** The consumer key's rules don't cover the call. */
    NOT_GRANTED,
    /** A service account's policies don't cover the call. */
    FORBIDDEN,
    /** No authentication, or a token that is not valid. */
    UNAUTHORIZED,
    /** No such zone or record. */
    NOT_FOUND,
    /** The service has expired: not paid. */
    EXPIRED,
    /** Too many calls. */
    THROTTLED,
    /** Something else is under way, as another refresh. */
    BUSY,
    /** The API doesn't like what was sent. */
    BAD_REQUEST,
    /** A failure of the API's own. */
    SERVER,
    /** Whoever answered is not the API, or what it said has not the published form. */
    NOT_THE_API,
    /** No answer, or not whole. */
    NO_ANSWER
  }

  private final Reason reason;
  private final DnsProviderException.Kind kind;
  private final transient Optional<Duration> retryAfter;

  OvhException(
      Reason reason,
      DnsProviderException.Kind kind,
      String message,
      Optional<Duration> retryAfter,
      @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  Reason reason() {
    return reason;
  }

  /** For the port. */
  DnsProviderException toProvider() {
    String message = getMessage() == null ? reason.toString() : getMessage();
    return new DnsProviderException(kind, message, retryAfter, this);
  }

  DnsProviderException.Kind kind() {
    return kind;
  }
}
