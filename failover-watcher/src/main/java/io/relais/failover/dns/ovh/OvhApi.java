package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import io.relais.failover.dns.api.Json;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.HttpReply;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Calls of the API: requests, and the JSON of their answers. A call is sent a second time only
 * where the first was refused before it was carried out (a wrong time, an old token); never after a
 * lost answer. For one thread.
 */
final class OvhApi {
  /** Says to OVH who we are. For one thread. */
  interface Authorizer {
    /**
     * The headers that a call needs.
     *
     * @param api to ask something first, without authentication
     * @param url whole, as it is sent
     * @param body as it is sent; empty for none
     */
    ImmutableMap<String, String> headers(OvhApi api, String method, String url, String body)
        throws OvhException, InterruptedException;

    /**
     * Forgets what the failure shows to be out of date.
     *
     * @return whether it did, so that the call, which was not carried out, may be sent once more
     */
    boolean renew(OvhException failure);

    /** Whether it is a consumer key, which has limits and rights of its own that it may see. */
    boolean isConsumerKey();
  }

  /**
   * A success.
   *
   * @param label method and path, for messages
   * @param json the body; a null node for {@code null}, a missing one for no body
   */
  record Response(String label, HttpReply reply, JsonNode json) {}

  /** A zone of thousands of records in one name is not one of ours; a list of ids is short. */
  private static final int LARGEST_BODY = 1024 * 1024;

  private final URI endpoint;
  private final Duration timeout;
  private final HttpCaller caller;
  private final OvhFailures failures;
  private final InstantSource clock;
  private final Authorizer authorizer;

  /**
   * Connects to nothing yet.
   *
   * @param secrets that no message may show
   */
  OvhApi(
      URI endpoint,
      Duration timeout,
      HttpCaller caller,
      ImmutableList<Secret> secrets,
      InstantSource clock,
      Authorizer authorizer) {
    this.endpoint = endpoint;
    this.timeout = timeout;
    this.caller = caller;
    this.failures = new OvhFailures(secrets, clock);
    this.clock = clock;
    this.authorizer = authorizer;
  }

  static OvhApi of(OvhSettings settings, HttpCaller caller, InstantSource clock) {
    Authorizer authorizer =
        switch (settings.authentication()) {
          case OvhSettings.ApplicationKeys keys -> new OvhSigner(keys);
          case OvhSettings.ServiceAccount account -> new OvhTokens(account);
        };
    return new OvhApi(
        settings.endpoint(),
        settings.timeout(),
        caller,
        settings.authentication().secrets(),
        clock,
        authorizer);
  }

  /** Whether calls are signed with a consumer key; otherwise they come from a service account. */
  boolean hasConsumerKey() {
    return authorizer.isConsumerKey();
  }

  /** This host's time. */
  Instant instant() {
    return clock.instant();
  }

  Response get(String path) throws OvhException, InterruptedException {
    return call("GET", path, "");
  }

  /** Deletes; the answer is {@code null}. */
  void delete(String path) throws OvhException, InterruptedException {
    call("DELETE", path, "");
  }

  void put(String path, String json) throws OvhException, InterruptedException {
    call("PUT", path, json);
  }

  Response post(String path, String json) throws OvhException, InterruptedException {
    return call("POST", path, json);
  }

  private Response call(String method, String path, String body)
      throws OvhException, InterruptedException {
    try {
      return once(method, path, body);
    } catch (OvhException e) {
      if (!authorizer.renew(e)) {
        throw e;
      }
      return once(method, path, body);
    }
  }

  private Response once(String method, String path, String body)
      throws OvhException, InterruptedException {
    String url = url(path);
    ImmutableMap<String, String> headers = authorizer.headers(this, method, url, body);
    return send(method, URI.create(url), headers, "application/json", body);
  }

  /**
   * The whole URL of a path, as it is signed and sent. One that begins with a slash is below the
   * endpoint, which is a version of the API; {@code v2/iam} is below another version.
   */
  private String url(String path) {
    return path.startsWith("/") ? endpoint + path : endpoint.resolve(path).toString();
  }

  /** Sends a request to anywhere, without authentication; the body has the type given. */
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
    Response response =
        send("GET", URI.create(url("/auth/time")), ImmutableMap.of(), "application/json", "");
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

  /** A success that does not have the published form. */
  OvhException unreadable(Response response) {
    return failures.unreadable(response.label(), response.reply(), null);
  }

  /** Percent-encoded for a path or a query (RFC 3986). */
  static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  /** Where a zone is. */
  static String zonePath(String zone) {
    return "/domain/zone/" + encoded(zone);
  }
}
