package io.relais.failover.dns.ovh;

import static io.relais.failover.dns.DnsProviderException.Kind.REFUSED;
import static io.relais.failover.dns.DnsProviderException.Kind.RETRY;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.failover.dns.DnsProviderException.Kind;
import io.relais.failover.dns.api.NoReply;
import io.relais.failover.dns.api.RetryAfter;
import io.relais.failover.dns.ovh.OvhException.Reason;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says what a failed call means: whose fault it is, whether to try again, and
 * what to do. It goes by status and error code; by text only where the API has nothing else ({@link
 * OvhErrorBody}). For any number of threads.
 */
final class OvhFailures {
  private static final int LONGEST_MESSAGE = 300;
  private static final int SERVICE_EXPIRED = 460;

  private static final ImmutableMap<String, Reason> BY_CODE =
      ImmutableMap.<String, Reason>builder()
          .put("INVALID_KEY", Reason.INVALID_KEY)
          .put("NOT_CREDENTIAL", Reason.NOT_CREDENTIAL)
          .put("INVALID_CREDENTIAL", Reason.INVALID_CREDENTIAL)
          .put("INVALID_SIGNATURE", Reason.INVALID_SIGNATURE)
          .put("QUERY_TIME_OUT", Reason.QUERY_TIME_OUT)
          .put("NOT_GRANTED_CALL", Reason.NOT_GRANTED)
          .put("FORBIDDEN", Reason.FORBIDDEN)
          .buildOrThrow();

  private final ImmutableList<Secret> secrets;
  private final InstantSource clock;

  OvhFailures(ImmutableList<Secret> secrets, InstantSource clock) {
    this.secrets = secrets;
    this.clock = clock;
  }

  /**
   * A reply that is no success.
   *
   * @param call method and path, without secrets
   */
  OvhException of(String call, HttpReply reply) {
    Optional<OvhErrorBody> body = OvhErrorBody.read(reply.text());
    Reason reason = reason(reply.status(), body);
    String said =
        body.map(error -> ": " + error.message() + actions(error))
            .orElse(" with something that is not the API's");
    return new OvhException(
        reason,
        kind(reason),
        line(call, "answered " + reply.status() + said + queryId(reply), advice(reason)),
        RetryAfter.of(reply, clock.instant()),
        null);
  }

  /** No whole reply. */
  OvhException of(String call, HttpException failure) {
    NoReply none = NoReply.of(call, failure, "OVH");
    return new OvhException(
        Reason.NO_ANSWER, RETRY, line(call, none.what(), none.advice()), Optional.empty(), failure);
  }

  /** A success with a body that has not the published form. */
  OvhException unreadable(String call, HttpReply reply, @Nullable Throwable cause) {
    // Only a page is shown: in another body there may be a token.
    String text = reply.text().strip();
    String said = text.startsWith("<") ? "a page: " + Printable.quoted(text) : "an unknown form";
    String what = "answered " + reply.status() + " with " + said + queryId(reply);
    return new OvhException(
        Reason.NOT_THE_API,
        RETRY,
        line(call, what, advice(Reason.NOT_THE_API)),
        Optional.empty(),
        cause);
  }

  private static Reason reason(int status, Optional<OvhErrorBody> body) {
    Optional<Reason> said =
        body.flatMap(OvhErrorBody::code).flatMap(code -> Optional.ofNullable(BY_CODE.get(code)));
    if (status >= 500) {
      return Reason.SERVER;
    }
    return switch (status) {
      case 429 -> Reason.THROTTLED;
      case 401, 403, 404, 409, SERVICE_EXPIRED, 400 ->
          body.isEmpty() ? Reason.NOT_THE_API : said.orElseGet(() -> byStatus(status));
      default -> body.isPresent() && status >= 400 ? Reason.BAD_REQUEST : Reason.NOT_THE_API;
    };
  }

  private static Reason byStatus(int status) {
    return switch (status) {
      case 401 -> Reason.UNAUTHORIZED;
      case 403 -> Reason.FORBIDDEN;
      case 404 -> Reason.NOT_FOUND;
      case 409 -> Reason.BUSY;
      case SERVICE_EXPIRED -> Reason.EXPIRED;
      default -> Reason.BAD_REQUEST;
    };
  }

  private static Kind kind(Reason reason) {
    return switch (reason) {
      // The difference of the clocks is taken anew for the next try.
      case QUERY_TIME_OUT, THROTTLED, BUSY, SERVER, NOT_THE_API, NO_ANSWER -> RETRY;
      case INVALID_KEY,
          NOT_CREDENTIAL,
          INVALID_CREDENTIAL,
          INVALID_SIGNATURE,
          NOT_GRANTED,
          FORBIDDEN,
          UNAUTHORIZED,
          NOT_FOUND,
          EXPIRED,
          BAD_REQUEST ->
          REFUSED;
    };
  }

  private static String advice(Reason reason) {
    return switch (reason) {
      case INVALID_KEY ->
          "check application_key and endpoint: a key of ovh-eu is unknown at ovh-ca and ovh-us";
      case NOT_CREDENTIAL ->
          "check consumer_key and endpoint, or make a new key: failover-watcher ovh-login";
      case INVALID_CREDENTIAL ->
          "the consumer key is not confirmed, expired or revoked; make a new one and confirm it"
              + " with unlimited validity: failover-watcher ovh-login";
      case INVALID_SIGNATURE ->
          "check application_secret and consumer_key, and that the consumer key was confirmed";
      case QUERY_TIME_OUT -> "check the clock of this host, or a proxy that delays calls";
      case NOT_GRANTED ->
          "the consumer key lacks this right; make a new one: failover-watcher ovh-login";
      case FORBIDDEN ->
          "give the account this right: for a service account, a policy in OVH's IAM with"
              + " dnsZone:apiovh:record/get, create, edit, delete and dnsZone:apiovh:refresh on"
              + " the zone";
      case UNAUTHORIZED -> "check client_id and client_secret, or the consumer key";
      case NOT_FOUND -> "check that the zone is one of this account's, and the record still there";
      case EXPIRED -> "the zone's service has expired: renew it in OVH's manager";
      case THROTTLED -> "too many calls";
      case BUSY -> "the zone is being changed or published by somebody else";
      case BAD_REQUEST -> "if the message doesn't help, report it with the query's id";
      case SERVER -> "a failure at OVH, see https://www.status-ovhcloud.com";
      case NOT_THE_API ->
          "check whether a proxy or a captive portal answers in OVH's place, and the endpoint's"
              + " URL";
      case NO_ANSWER -> "";
    };
  }

  private static String actions(OvhErrorBody error) {
    return error.unauthorized().isEmpty()
        ? ""
        : " (not allowed: " + String.join(", ", error.unauthorized()) + ")";
  }

  /** The id that OVH's support asks for; both spellings are documented. */
  private static String queryId(HttpReply reply) {
    return reply
        .header("X-Ovh-QueryID")
        .or(() -> reply.header("X-Ovh-Query-ID"))
        .map(id -> " (X-Ovh-QueryID " + id + ")")
        .orElse("");
  }

  private String line(String call, String what, String advice) {
    String text = what;
    for (Secret secret : secrets) {
      text = secret.value().isEmpty() ? text : text.replace(secret.value(), "***");
    }
    return "OVH, "
        + call
        + ": "
        + Printable.cut(text, LONGEST_MESSAGE)
        + (advice.isEmpty() ? "" : "; " + advice);
  }
}
