package io.relais.failover.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.relais.common.Printable;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A channel that is one HTTP request; and what a receiver's refusals mean. A redirect is a failure:
 * it would carry the key elsewhere.
 */
final class HttpChannel implements Channel {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST_REASON = 200;

  private final HttpCaller http;
  private final HttpCall request;
  private final Function<Notice, byte[]> body;
  private final Redactor redactor;

  /**
   * Makes one.
   *
   * @param request all but the body
   */
  HttpChannel(HttpCaller http, HttpCall request, Function<Notice, byte[]> body, Redactor redactor) {
    this.http = http;
    this.request = request;
    this.body = body;
    this.redactor = redactor;
  }

  @Override
  public void send(String id, Notice notice) throws DeliveryException, InterruptedException {
    HttpReply reply;
    try {
      reply = http.send(request.withBody(body.apply(notice)));
    } catch (HttpException e) {
      throw failure(e);
    }
    if (reply.status() / 100 != 2) {
      throw failure(reply);
    }
  }

  private DeliveryException failure(HttpException e) {
    String said = String.valueOf(e.getMessage());
    String hint =
        switch (e.reason()) {
          case NAME, REFUSED, UNREACHABLE, TIMEOUT, BROKEN -> "";
          case CERTIFICATE -> "; its certificate must be valid for that name";
          case TLS -> "; check that the URL's scheme and port are right";
        };
    return DeliveryException.transientFailure(
        redactor.redact(host() + " did not take it: " + said) + hint);
  }

  private DeliveryException failure(HttpReply reply) {
    int status = reply.status();
    String answered = host() + " answered " + status + reason(reply);
    return switch (status) {
      case 408, 425 -> DeliveryException.transientFailure(answered);
      case 429 -> DeliveryException.transientFailure(answered + ": too many", retryAfter(reply));
      case 401, 403 ->
          DeliveryException.permanentFailure(
              answered + ": check the key, the token or the URL of this channel");
      case 404, 410 ->
          DeliveryException.permanentFailure(
              answered + ": nothing is at that URL, or no longer; make a new one at the service");
      default -> byClass(status, answered, reply);
    };
  }

  private DeliveryException byClass(int status, String answered, HttpReply reply) {
    return switch (status / 100) {
      case 3 ->
          DeliveryException.transientFailure(
              answered
                  + ", a redirect"
                  + target(reply)
                  + ", which is not followed: set the final URL in the configuration");
      case 4 ->
          DeliveryException.permanentFailure(
              answered
                  + ": it does not accept this message; check the channel's format and method");
      case 5 -> DeliveryException.transientFailure(answered, retryAfter(reply));
      default ->
          DeliveryException.transientFailure(answered + ", which is not an answer to a message");
    };
  }

  /** Only the host: the rest may repeat the key. */
  private static String target(HttpReply reply) {
    try {
      return reply
          .header("location")
          .map(location -> URI.create(location).getHost())
          .map(to -> " to " + Printable.cut(to, LONGEST_REASON))
          .orElse("");
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /**
   * What the receiver says about it: the usual fields of a JSON answer, or a word or two in plain
   * text as from Slack. Anything else is a page for people.
   */
  private String reason(HttpReply reply) {
    String body = reply.text().strip();
    String said =
        json(reply)
            .flatMap(HttpChannel::message)
            .orElse(body.matches("[A-Za-z_][A-Za-z0-9_ .-]{1,60}") ? body : "");
    return said.isEmpty() ? "" : " (" + Printable.cut(redactor.redact(said), LONGEST_REASON) + ")";
  }

  private static Optional<String> message(JsonNode answer) {
    return Stream.of("errorDescription", "description", "message", "error", "errors")
        .map(
            name ->
                name.equals("errors")
                    ? answer.path(name).path(0).path("message")
                    : answer.path(name))
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .findFirst();
  }

  private static Optional<JsonNode> json(HttpReply reply) {
    try {
      return Optional.ofNullable(JSON.readTree(reply.text())).filter(JsonNode::isObject);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The header, or the field of Discord's and Telegram's answers, which is in seconds. */
  private static Optional<Duration> retryAfter(HttpReply reply) {
    return reply
        .retryAfter(Instant.now())
        .filter(Duration::isPositive)
        .or(() -> json(reply).flatMap(HttpChannel::retryField));
  }

  private static Optional<Duration> retryField(JsonNode answer) {
    return Stream.of(answer.path("parameters").path("retry_after"), answer.path("retry_after"))
        .filter(JsonNode::isNumber)
        .map(JsonNode::asDouble)
        .filter(seconds -> seconds >= 0 && seconds < 1e9)
        .map(seconds -> Duration.ofMillis((long) Math.ceil(seconds * 1000)))
        .findFirst();
  }

  private String host() {
    URI uri = request.uri();
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }
}
