package io.relais.failover.dns.cloudflare;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.failover.dns.api.NoReply;
import io.relais.failover.dns.api.RetryAfter;
import io.relais.failover.dns.cloudflare.CloudflareException.Reason;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says what a failed call means: whose fault it is, whether to try again, and
 * what to do. It goes by status and error code. For any number of threads.
 */
final class CloudflareFailures {
  private static final int LONGEST_MESSAGE = 300;

  /**
   * "The record already exists", "An identical record already exists", and the two of a host that
   * has addresses or an alias already: all of them mean that the zone is not what it was read to
   * be.
   */
  private static final ImmutableSet<Integer> EXISTS = ImmutableSet.of(81053, 81054, 81057, 81058);

  /**
   * "Record does not exist" and "Could not route to …, perhaps your object identifier is invalid".
   */
  private static final ImmutableSet<Integer> NOT_FOUND = ImmutableSet.of(81044, 7003, 1001);

  /** "Invalid API Token", "Invalid request headers", and what is wrong with them. */
  private static final ImmutableSet<Integer> UNAUTHORIZED = ImmutableSet.of(1000, 6003, 6111);

  private final Secret token;
  private final InstantSource clock;

  CloudflareFailures(Secret token, InstantSource clock) {
    this.token = token;
    this.clock = clock;
  }

  /**
   * A reply that is no success.
   *
   * @param call method and path, without secrets
   * @param json its body; a missing node if that is no JSON object
   */
  CloudflareException of(String call, HttpReply reply, JsonNode json) {
    boolean theirs = json.path("errors").isArray();
    ImmutableSet<Integer> codes =
        json.path("errors")
            .valueStream()
            .map(error -> error.path("code").asInt(0))
            .collect(toImmutableSet());
    Reason reason = reason(reply.status(), codes, theirs);
    String said =
        theirs
            ? json.path("errors")
                .valueStream()
                .map(CloudflareFailures::text)
                .collect(Collectors.joining("; ", ": ", ""))
            : " with something that is not the API's";
    return new CloudflareException(
        reason,
        line(call, "answered " + reply.status() + said + ray(reply), advice(reason)),
        RetryAfter.of(reply, clock.instant()),
        null);
  }

  private static String text(JsonNode error) {
    String chain =
        error
            .path("error_chain")
            .valueStream()
            .map(cause -> " (" + cause.path("message").asText("") + ")")
            .collect(Collectors.joining());
    return error.path("message").asText("no message")
        + chain
        + " ["
        + error.path("code").asInt(0)
        + "]";
  }

  /** No whole reply. */
  CloudflareException of(String call, HttpException failure) {
    NoReply none = NoReply.of(call, failure, "Cloudflare");
    return new CloudflareException(
        Reason.NO_ANSWER, line(call, none.what(), none.advice()), Optional.empty(), failure);
  }

  /** A success with a body that has not the published form. */
  CloudflareException unreadable(String call, HttpReply reply, @Nullable Throwable cause) {
    String text = reply.text().strip();
    String said = text.startsWith("<") ? "a page: " + Printable.quoted(text) : "an unknown form";
    return new CloudflareException(
        Reason.NOT_THE_API,
        line(
            call,
            "answered " + reply.status() + " with " + said + ray(reply),
            advice(Reason.NOT_THE_API)),
        Optional.empty(),
        cause);
  }

  private static Reason reason(int status, ImmutableSet<Integer> codes, boolean theirs) {
    if (status == 429) {
      return Reason.THROTTLED;
    }
    if (status >= 500) {
      return Reason.SERVER;
    }
    if (!theirs) {
      return Reason.NOT_THE_API;
    }
    if (!Sets.intersection(codes, EXISTS).isEmpty()) {
      return Reason.EXISTS;
    }
    if (!Sets.intersection(codes, NOT_FOUND).isEmpty()) {
      return Reason.NOT_FOUND;
    }
    if (!Sets.intersection(codes, UNAUTHORIZED).isEmpty()) {
      return Reason.UNAUTHORIZED;
    }
    return switch (status) {
      case 401 -> Reason.UNAUTHORIZED;
      case 403 -> Reason.FORBIDDEN;
      case 404 -> Reason.NOT_FOUND;
      case 409 -> Reason.EXISTS;
      default -> Reason.BAD_REQUEST;
    };
  }

  private static String advice(Reason reason) {
    return switch (reason) {
      case UNAUTHORIZED ->
          "check token_file in [dns.cloudflare]: it takes an API token (not the Global API Key),"
              + " and the token must be active, and good from this host's address";
      case FORBIDDEN ->
          "give the token the permissions Zone / DNS / Edit and Zone / Zone / Read for this zone;"
              + " if it is limited to client addresses, this host's must be among them";
      case NOT_FOUND ->
          "check that the zone is one that the token covers (or its id in zone_ids), and the record"
              + " still there";
      case EXISTS -> "the records are not what was read; they are read again";
      case BAD_REQUEST -> "if the message doesn't help, report it with the CF-Ray id";
      case THROTTLED -> "too many calls";
      case SERVER -> "a failure at Cloudflare, see https://www.cloudflarestatus.com";
      case NOT_THE_API ->
          "check whether a proxy or a captive portal answers in Cloudflare's place, and the"
              + " endpoint's URL";
      case NO_ANSWER -> "";
    };
  }

  /** The id that Cloudflare's support asks for. */
  private static String ray(HttpReply reply) {
    return reply.header("CF-Ray").map(id -> " (CF-Ray " + id + ")").orElse("");
  }

  private String line(String call, String what, String advice) {
    String text = what.replace(token.value(), "***");
    return "Cloudflare, "
        + call
        + ": "
        + Printable.cut(text, LONGEST_MESSAGE)
        + (advice.isEmpty() ? "" : "; " + advice);
  }
}
