package io.relais.failover.dns.cloudflare;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.relais.common.Secret;
import io.relais.failover.dns.api.FailureMessages;
import io.relais.failover.dns.cloudflare.CloudflareException.Reason;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The one place that says what a failed call means: whose fault it is, whether to try again, and
 * what to do. It goes by status and error code. For any number of threads.
 */
final class CloudflareFailures {
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

  private final FailureMessages messages;
  private final InstantSource clock;

  CloudflareFailures(Secret token, InstantSource clock) {
    this.messages = new FailureMessages("Cloudflare", ImmutableList.of(token));
    this.clock = clock;
  }

  /**
   * A reply that is not a success.
   *
   * @param call method and path, without secrets
   * @param json its body; a missing node if that is not a JSON object
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
    return failure(reason, call, reply, said, reply.retryAfter(clock.instant()));
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

  /**
   * No whole reply.
   *
   * @param changes whether the call changes something
   */
  CloudflareException of(String call, boolean changes, HttpException failure) {
    return new CloudflareException(
        Reason.NO_ANSWER, messages.noReply(call, changes, failure), Optional.empty(), failure);
  }

  /** A success whose body does not have the published form. */
  CloudflareException unreadable(String call, HttpReply reply) {
    String said = " with " + FailureMessages.unreadable(reply);
    return failure(Reason.NOT_THE_API, call, reply, said, Optional.empty());
  }

  private CloudflareException failure(
      Reason reason, String call, HttpReply reply, String said, Optional<Duration> retryAfter) {
    String what = "answered " + reply.status() + said + ray(reply);
    return new CloudflareException(
        reason, messages.of(call, what, reason.advice()), retryAfter, null);
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

  /** The id that Cloudflare's support asks for. */
  private static String ray(HttpReply reply) {
    return reply.header("CF-Ray").map(id -> " (CF-Ray " + id + ")").orElse("");
  }
}
