package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import io.relais.failover.dns.api.FailureMessages;
import io.relais.failover.dns.api.Json;
import io.relais.failover.dns.ovh.OvhException.Reason;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says what a failed call means: whose fault it is, whether to try again, and
 * what to do. It goes by status and error code; by text only where the API has nothing else ({@link
 * ErrorBody}). For any number of threads.
 */
final class OvhFailures {
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

  private final FailureMessages messages;
  private final InstantSource clock;

  OvhFailures(ImmutableList<Secret> secrets, InstantSource clock) {
    this.messages = new FailureMessages("OVH", secrets);
    this.clock = clock;
  }

  /**
   * A reply that is not a success.
   *
   * @param call method and path, without secrets
   */
  OvhException of(String call, HttpReply reply) {
    Optional<ErrorBody> body = ErrorBody.read(reply.text());
    Reason reason = reason(reply.status(), body);
    String said =
        body.map(error -> ": " + error.message() + actions(error))
            .orElse(" with something that is not the API's");
    return failure(reason, call, reply, said, reply.retryAfter(clock.instant()), null);
  }

  /**
   * No whole reply.
   *
   * @param changes whether the call changes something
   */
  OvhException of(String call, boolean changes, HttpException failure) {
    return new OvhException(
        Reason.NO_ANSWER, messages.noReply(call, changes, failure), Optional.empty(), failure);
  }

  /** A success whose body does not have the published form. */
  OvhException unreadable(String call, HttpReply reply, @Nullable Throwable cause) {
    String said = " with " + FailureMessages.unreadable(reply);
    return failure(Reason.NOT_THE_API, call, reply, said, Optional.empty(), cause);
  }

  private OvhException failure(
      Reason reason,
      String call,
      HttpReply reply,
      String said,
      Optional<Duration> retryAfter,
      @Nullable Throwable cause) {
    String what = "answered " + reply.status() + said + queryId(reply);
    return new OvhException(reason, messages.of(call, what, reason.advice()), retryAfter, cause);
  }

  private static Reason reason(int status, Optional<ErrorBody> body) {
    Optional<Reason> said =
        body.flatMap(ErrorBody::code).flatMap(code -> Optional.ofNullable(BY_CODE.get(code)));
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

  private static String actions(ErrorBody error) {
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

  /**
   * What the API says about a failure. Two shapes are live: {@code {"errorCode", "httpCode",
   * "message"}} and {@code {"class", "message"}}; OAuth 2 adds its own (RFC 6749, section 5.2).
   *
   * @param code as {@code NOT_GRANTED_CALL}; empty if it can't be told
   * @param message the API's own words
   * @param unauthorized the actions that IAM refused
   */
  private record ErrorBody(
      Optional<String> code, String message, ImmutableList<String> unauthorized) {
    /**
     * The second shape has one class for several faults ({@code Client::BadRequest} for a wrong
     * signature and for a wrong parameter), so the message is all that tells them apart. It is
     * compared whole, never in parts.
     */
    private static final ImmutableMap<String, String> CODES_BY_MESSAGE =
        ImmutableMap.of(
            "invalid signature", "INVALID_SIGNATURE",
            "this application key is invalid", "INVALID_KEY",
            "this credential does not exist", "NOT_CREDENTIAL",
            "this credential is not valid", "INVALID_CREDENTIAL",
            "this call has not been granted", "NOT_GRANTED_CALL",
            "query out of time", "QUERY_TIME_OUT");

    /** Reads a body; empty if it is not a JSON object but, for example, a page of HTML. */
    static Optional<ErrorBody> read(String body) {
      try {
        JsonNode json = Json.parse(body);
        return json.isObject() ? Optional.of(of(json)) : Optional.empty();
      } catch (JsonProcessingException e) {
        return Optional.empty();
      }
    }

    private static ErrorBody of(JsonNode json) {
      String message =
          text(json, "message")
              .or(() -> text(json, "error_description"))
              .or(() -> text(json, "error"))
              .orElse("no message");
      return new ErrorBody(
          text(json, "errorCode").or(() -> byMessage(message)), message, unauthorized(json));
    }

    private static Optional<String> byMessage(String message) {
      return Optional.ofNullable(CODES_BY_MESSAGE.get(message.toLowerCase(Locale.ROOT)));
    }

    private static ImmutableList<String> unauthorized(JsonNode json) {
      JsonNode actions = json.path("details").path("unauthorizedActionsByIAM");
      return actions.isTextual()
          ? ImmutableList.of(actions.asText())
          : StreamSupport.stream(actions.spliterator(), false)
              .map(JsonNode::asText)
              .collect(ImmutableList.toImmutableList());
    }

    private static Optional<String> text(JsonNode json, String field) {
      return Optional.ofNullable(json.get(field)).filter(JsonNode::isTextual).map(JsonNode::asText);
    }
  }
}
