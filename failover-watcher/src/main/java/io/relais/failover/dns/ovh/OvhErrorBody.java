package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.dns.api.Json;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * What the API says about a failure. Two shapes are live: {@code {"errorCode", "httpCode",
 * "message"}} and {@code {"class", "message"}}; OAuth 2 adds its own (RFC 6749, section 5.2).
 *
 * @param code as {@code NOT_GRANTED_CALL}; empty if it can't be told
 * @param message the API's own words
 * @param unauthorized the actions that IAM refused
 */
record OvhErrorBody(Optional<String> code, String message, ImmutableList<String> unauthorized) {
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

  /** Reads a body; empty if it is no JSON object, as a page of HTML. */
  static Optional<OvhErrorBody> read(String body) {
    try {
      JsonNode json = Json.parse(body);
      return json.isObject() ? Optional.of(of(json)) : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static OvhErrorBody of(JsonNode json) {
    String message =
        text(json, "message")
            .or(() -> text(json, "error_description"))
            .or(() -> text(json, "error"))
            .orElse("no message");
    return new OvhErrorBody(
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
