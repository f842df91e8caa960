package io.relais.failover.dns.cloudflare;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.failover.dns.api.Json;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.HttpReply;
import java.net.URI;
import java.time.InstantSource;

/** Authenticated calls, none of which is ever sent twice. For one thread at a time. */
final class CloudflareApi {
  private static final int LARGEST_BODY = 1024 * 1024;
  private static final int PER_PAGE = 100;

  /** A name of ours does not have ten thousand records. */
  private static final int MOST_PAGES = 100;

  private final CloudflareSettings settings;
  private final HttpCaller caller;
  private final CloudflareFailures failures;

  CloudflareApi(CloudflareSettings settings, HttpCaller caller, InstantSource clock) {
    this.settings = settings;
    this.caller = caller;
    this.failures = new CloudflareFailures(settings.token(), clock);
  }

  /** The result of a question. */
  JsonNode get(String path) throws CloudflareException, InterruptedException {
    return call("GET", path, "").json().path("result");
  }

  /** All results of a question whose answer comes in pages. */
  ImmutableList<JsonNode> list(String path) throws CloudflareException, InterruptedException {
    ImmutableList.Builder<JsonNode> all = ImmutableList.builder();
    String separator = path.contains("?") ? "&" : "?";
    for (int page = 1; ; page++) {
      Response response =
          call("GET", path + separator + "per_page=" + PER_PAGE + "&page=" + page, "");
      JsonNode result = response.json().path("result");
      if (!result.isArray() || page > MOST_PAGES) {
        throw failures.unreadable(response.label(), response.reply());
      }
      all.addAll(result);
      // Where it says nothing of pages, one that is not full is the last.
      int pages = response.json().path("result_info").path("total_pages").asInt(-1);
      if (pages < 0 ? result.size() < PER_PAGE : page >= pages) {
        return all.build();
      }
    }
  }

  /** Changes something; the result is what it is now. */
  @CanIgnoreReturnValue
  JsonNode send(String method, String path, JsonNode body)
      throws CloudflareException, InterruptedException {
    return call(method, path, body.isMissingNode() ? "" : body.toString()).json().path("result");
  }

  private record Response(String label, HttpReply reply, JsonNode json) {}

  private Response call(String method, String path, String body)
      throws CloudflareException, InterruptedException {
    URI url = URI.create(settings.endpoint() + path);
    String label = method + " " + url.getRawPath();
    ImmutableMap.Builder<String, String> headers = ImmutableMap.builder();
    headers.put("Authorization", "Bearer " + settings.token().value());
    headers.put("Accept", "application/json");
    if (!body.isEmpty()) {
      headers.put("Content-Type", "application/json");
    }
    HttpCall bare =
        HttpCall.of(method, url, HttpLimits.within(settings.timeout()))
            .withHeaders(headers.buildOrThrow())
            .withLargestBody(LARGEST_BODY);
    HttpReply reply;
    try {
      reply = caller.send(body.isEmpty() ? bare : bare.withBody(body.getBytes(UTF_8)));
    } catch (HttpException e) {
      throw failures.of(label, !method.equals("GET"), e);
    }
    return new Response(label, reply, success(label, reply));
  }

  private JsonNode success(String label, HttpReply reply) throws CloudflareException {
    JsonNode json = parse(reply);
    boolean refused = json.path("success").isBoolean() && !isSuccess(json);
    if (reply.status() / 100 != 2 || refused) {
      throw failures.of(label, reply, json);
    }
    if (!isSuccess(json) || reply.truncated()) {
      throw failures.unreadable(label, reply);
    }
    return json;
  }

  private static boolean isSuccess(JsonNode json) {
    return json.path("success").asBoolean(false);
  }

  /** A missing node if it is not an object but, for example, a page of HTML. */
  private static JsonNode parse(HttpReply reply) {
    try {
      JsonNode json = Json.parse(reply.text());
      return json.isObject() ? json : Json.missing();
    } catch (JsonProcessingException e) {
      return Json.missing();
    }
  }
}
