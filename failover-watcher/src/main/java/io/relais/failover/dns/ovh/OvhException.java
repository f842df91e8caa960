package io.relais.failover.dns.ovh;

import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.net.HttpException;
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

  /** For the port, of a request to change a record: unless it was refused, it may yet be done. */
  DnsProviderException writing() {
    return mayBeCarriedOut()
        ? DnsProviderException.openEnded(String.valueOf(getMessage()), retryAfter, this)
        : toProvider();
  }

  private boolean mayBeCarriedOut() {
    return switch (reason) {
      case NO_ANSWER ->
          getCause() instanceof HttpException failure
              && (failure.kind() == HttpException.Kind.TIMEOUT
                  || failure.kind() == HttpException.Kind.BROKEN);
      case SERVER, NOT_THE_API -> true;
      case INVALID_KEY,
          NOT_CREDENTIAL,
          INVALID_CREDENTIAL,
          INVALID_SIGNATURE,
          QUERY_TIME_OUT,
          NOT_GRANTED,
          FORBIDDEN,
          UNAUTHORIZED,
          NOT_FOUND,
          EXPIRED,
          THROTTLED,
          BUSY,
          BAD_REQUEST ->
          false;
    };
  }

  DnsProviderException.Kind kind() {
    return kind;
  }
}
