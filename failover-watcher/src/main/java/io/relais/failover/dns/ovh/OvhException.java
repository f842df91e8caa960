package io.relais.failover.dns.ovh;

import static io.relais.failover.dns.DnsProviderException.Cause.REFUSED;
import static io.relais.failover.dns.DnsProviderException.Cause.RETRY;

import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.net.HttpException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call that OVH did not carry out, or that got no answer. Made by {@link OvhFailures} only. */
final class OvhException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What went wrong, whether to try again, and what to do about it. */
  enum Reason {
    /** The application key is unknown. */
    INVALID_KEY(
        REFUSED,
        "check application_key and endpoint: a key of ovh-eu is unknown at ovh-ca and ovh-us"),

    /** The consumer key is unknown. */
    NOT_CREDENTIAL(
        REFUSED, "check consumer_key and endpoint, or make a new key: failover-watcher ovh-login"),

    /** The consumer key is not valid: not confirmed yet, expired or revoked. */
    INVALID_CREDENTIAL(
        REFUSED,
        "the consumer key is not confirmed, expired or revoked; make a new one and confirm it"
            + " with unlimited validity: failover-watcher ovh-login"),

    /** The signature is wrong, which a mistyped secret or key causes too. */
    INVALID_SIGNATURE(
        REFUSED,
        "check application_secret and consumer_key, and that the consumer key was confirmed"),

    /** The time stamp is too far off. For the next try OVH's clock is asked again. */
    QUERY_TIME_OUT(RETRY, "check the clock of this host, or a proxy that delays calls"),

    /** The consumer key's rules don't cover the call. */
    NOT_GRANTED(
        REFUSED, "the consumer key lacks this right; make a new one: failover-watcher ovh-login"),

    /** A service account's policies don't cover the call. */
    FORBIDDEN(
        REFUSED,
        "give the account this right: for a service account, a policy in OVH's IAM with"
            + " dnsZone:apiovh:record/get, create, edit, delete and dnsZone:apiovh:refresh on"
            + " the zone"),

    /** No authentication, or a token that is not valid. */
    UNAUTHORIZED(REFUSED, "check client_id and client_secret, or the consumer key"),

    /** No such zone or record. */
    NOT_FOUND(REFUSED, "check that the zone is one of this account's, and the record still there"),

    /** The service has expired: not paid. */
    EXPIRED(REFUSED, "the zone's service has expired: renew it in OVH's manager"),

    /** Too many calls. */
    THROTTLED(RETRY, "too many calls"),

    /** Something else is under way, such as another refresh. */
    BUSY(RETRY, "the zone is being changed or published by somebody else"),

    /** The API doesn't like what was sent. */
    BAD_REQUEST(REFUSED, "if the message doesn't help, report it with the query's id"),

    /** A failure of the API's own. */
    SERVER(RETRY, "a failure at OVH, see https://www.status-ovhcloud.com"),

    /** What answered is not the API, or its answer does not have the published form. */
    NOT_THE_API(
        RETRY,
        "check whether a proxy or a captive portal answers in OVH's place, and the endpoint's"
            + " URL"),

    /** No answer, or not whole; the advice is by {@link HttpException#reason()}. */
    NO_ANSWER(RETRY, "");

    private final DnsProviderException.Cause kind;
    private final String advice;

    Reason(DnsProviderException.Cause kind, String advice) {
      this.kind = kind;
      this.advice = advice;
    }

    String advice() {
      return advice;
    }
  }

  private final Reason reason;
  private final transient Optional<Duration> retryAfter;

  OvhException(
      Reason reason, String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  Reason reason() {
    return reason;
  }

  /** For the port. */
  DnsProviderException toProvider() {
    return new DnsProviderException(reason.kind, String.valueOf(getMessage()), retryAfter, this);
  }

  /** For the port, of a request to change a record: unless it was refused, it may yet be done. */
  DnsProviderException writing() {
    return mayBeCarriedOut()
        ? DnsProviderException.openEnded(String.valueOf(getMessage()), retryAfter, this)
        : toProvider();
  }

  private boolean mayBeCarriedOut() {
    return getCause() instanceof HttpException failure
        ? failure.mayHaveBeenSent()
        : reason == Reason.SERVER || reason == Reason.NOT_THE_API;
  }
}
