package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.dns.api.Json;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.HttpReply;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Sends one request and reads the JSON of its answer. Knows nothing of authentication. */
final class OvhTransport {
  /** A zone of thousands of records in one name is not one of ours; a list of ids is short. */
  private static final int LARGEST_BODY = 1024 * 1024;

  private final URI endpoint;
  private final Duration timeout;
  private final HttpCaller caller;
  private final OvhFailures failures;
  private final InstantSource clock;

  OvhTransport(
      URI endpoint,
      Duration timeout,
      HttpCaller caller,
      OvhFailures failures,
      InstantSource clock) {
    this.endpoint = endpoint;
    this.timeout = timeout;
    this.caller = caller;
    this.failures = failures;
    this.clock = clock;
  }

  InstantSource clock() {
    return clock;
  }

  /**
   * The whole URL of a path, as it is signed and sent. One that begins with a slash is below the
   * endpoint, which is a version of the API; {@code v2/iam} is below another version.
   */
  String url(String path) {
    return path.startsWith("/") ? endpoint + path : endpoint.resolve(path).toString();
  }

  /**
   * Sends a request to the API.
   *
   * @param path from the endpoint on, encoded
   * @param body JSON; empty for none
   */
  Response send(String method, String path, ImmutableMap<String, String> headers, String body)
      throws OvhException, InterruptedException {
    return send(method, URI.create(url(path)), headers, "application/json", body);
  }

  /** Sends a request to anywhere; the body has the type given. */
  Response send(
      String method, URI url, ImmutableMap<String, String> headers, String type, String body)
      throws OvhException, InterruptedException {
    ImmutableMap.Builder<String, String> all = ImmutableMap.builder();
    all.putAll(headers).put("Accept", "application/json");
    if (!body.isEmpty()) {
      all.put("Content-Type", type);
    }
    HttpCall bare =
        HttpCall.of(method, url, HttpLimits.within(timeout))
            .withHeaders(all.buildOrThrow())
            .withLargestBody(LARGEST_BODY);
    String label = method + " " + url.getRawPath();
    return exchange(label, body.isEmpty() ? bare : bare.withBody(body.getBytes(UTF_8)));
  }

  private Response exchange(String label, HttpCall call) throws OvhException, InterruptedException {
    HttpReply reply;
    try {
      reply = caller.send(call);
    } catch (HttpException e) {
      throw failures.of(label, !call.method().equals("GET"), e);
    }
    if (reply.status() / 100 != 2) {
      throw failures.of(label, reply);
    }
    return new Response(label, reply, parse(label, reply));
  }

  private JsonNode parse(String label, HttpReply reply) throws OvhException {
    try {
      JsonNode json = Json.parse(reply.text());
      if (reply.truncated()) {
        throw failures.unreadable(label, reply, null);
      }
      return json;
    } catch (JsonProcessingException e) {
      throw failures.unreadable(label, reply, e);
    }
  }

  /** How far OVH's clock, which has whole seconds, is ahead of ours. */
  Duration clockAhead() throws OvhException, InterruptedException {
    Response response = send("GET", "/auth/time", ImmutableMap.of(), "");
    Instant here = clock.instant();
    JsonNode seconds = response.json();
    // Beyond the year 9999 it is not a time in seconds.
    if (!seconds.isIntegralNumber()
        || !seconds.canConvertToLong()
        || seconds.asLong() < 0
        || seconds.asLong() > 253_402_300_799L) {
      throw unreadable(response);
    }
    return Duration.between(here, Instant.ofEpochSecond(seconds.asLong()));
  }

  /** A success that has not the published form. */
  OvhException unreadable(Response response) {
    return failures.unreadable(response.label(), response.reply(), null);
  }

  /**
   * A success.
   *
   * @param label method and path, for messages
   * @param json the body; a null node for {@code null}, a missing one for no body
   */
  record Response(String label, HttpReply reply, JsonNode json) {}
}
