package io.relais.testbed.provider;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import io.relais.common.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Who may do what at the simulated OVH: applications, consumer keys, tokens. Guarded by the
 * simulator's lock.
 */
final class OvhSimulatorAccess {
  private static final Duration WINDOW = Duration.ofSeconds(30);

  private final String applicationKey;
  private final Secret applicationSecret;
  private final Map<String, ConsumerKey> consumerKeys = new TreeMap<>();
  private final Map<String, Token> tokens = new HashMap<>();
  private final Map<String, Client> clients = new HashMap<>();
  private final AtomicInteger counter = new AtomicInteger();

  OvhSimulatorAccess(String applicationKey, Secret applicationSecret) {
    this.applicationKey = applicationKey;
    this.applicationSecret = applicationSecret;
  }

  /** One right; {@code *} in the path is anything. */
  record Rule(String method, String path) {
    static Rule of(String line) {
      int blank = line.indexOf(' ');
      return new Rule(line.substring(0, blank), line.substring(blank + 1));
    }

    boolean allows(String method, String path) {
      StringBuilder regex = new StringBuilder();
      for (int i = 0; i < path().length(); i++) {
        char c = path().charAt(i);
        regex.append(c == '*' ? ".*" : Pattern.quote(String.valueOf(c)));
      }
      return method().equals(method) && path.matches(regex.toString());
    }
  }

  /** A consumer key's life. */
  static final class ConsumerKey {
    final List<Rule> rules;
    String state;
    Optional<Instant> expiration = Optional.empty();
    List<String> allowedIps = List.of();

    ConsumerKey(List<Rule> rules, String state) {
      this.rules = rules;
      this.state = state;
    }
  }

  private record Client(Secret secret, List<String> actions, Duration validity) {}

  private record Token(List<String> actions, Instant end) {}

  String request(List<Rule> rules, String state) {
    String key =
        "ck" + Hashing.sha256().hashInt(counter.incrementAndGet()).toString().substring(0, 30);
    consumerKeys.put(key, new ConsumerKey(new ArrayList<>(rules), state));
    return key;
  }

  Optional<ConsumerKey> consumerKey(String key) {
    return Optional.ofNullable(consumerKeys.get(key));
  }

  void client(String id, Secret secret, List<String> actions, Duration validity) {
    clients.put(id, new Client(secret, actions, validity));
  }

  void dropTokens() {
    tokens.clear();
  }

  boolean knowsApplication(String key) {
    return key.equals(applicationKey);
  }

  /** RFC 6749, sections 4.4.2 and 5. */
  OvhReply token(Map<String, String> form, Instant now) {
    Client client = clients.get(form.getOrDefault("client_id", ""));
    if (!"client_credentials".equals(form.get("grant_type")) || !"all".equals(form.get("scope"))) {
      return OvhReply.of(400, "{\"error\":\"unsupported_grant_type\"}");
    }
    if (client == null || !client.secret().value().equals(form.get("client_secret"))) {
      return OvhReply.of(401, "{\"error\":\"invalid_client\"}");
    }
    String token = "token-" + counter.incrementAndGet();
    tokens.put(token, new Token(client.actions(), now.plus(client.validity())));
    return OvhReply.ok(
        "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":%d,\"scope\":\"all\"}"
            .formatted(token, client.validity().toSeconds()));
  }

  /** What is wrong with a call, if anything. */
  Optional<OvhReply> refusal(OvhRequest request, Instant now) {
    String bearer = request.header("authorization");
    return bearer.startsWith("Bearer ")
        ? ofToken(request, bearer.substring("Bearer ".length()), now)
        : ofSignature(request, now);
  }

  private Optional<OvhReply> ofToken(OvhRequest request, String text, Instant now) {
    Token token = tokens.get(text);
    if (token == null || !now.isBefore(token.end())) {
      return Optional.of(OvhReply.classic(401, "Client::Unauthorized", "This token is not valid"));
    }
    if (isAuthorizationCheck(request)) {
      return Optional.empty(); // Whoever has a token may ask about itself.
    }
    String action = action(request);
    return token.actions().contains(action) ? Optional.empty() : Optional.of(OvhReply.iam(action));
  }

  static boolean isAuthorizationCheck(OvhRequest request) {
    return request.method().equals("POST")
        && request.path().startsWith("/v2/iam/resource/urn:v1:eu:resource:dnsZone:")
        && request.path().endsWith("/authorization/check");
  }

  /** What of some actions the token's account may do: API v2, {@code iam.AuthorizeResponse}. */
  OvhReply authorizationCheck(OvhRequest request) {
    String bearer = request.header("authorization").substring("Bearer ".length());
    List<String> granted = Optional.ofNullable(tokens.get(bearer)).orElseThrow().actions();
    ObjectNode reply = new JsonMapper().createObjectNode();
    ArrayNode yes = reply.putArray("authorizedActions");
    ArrayNode no = reply.putArray("unauthorizedActions");
    try {
      for (JsonNode action : new JsonMapper().readTree(request.body()).path("actions")) {
        (granted.contains(action.asText()) ? yes : no).add(action.asText());
      }
    } catch (JsonProcessingException e) {
      return OvhReply.classic(400, "Client::BadRequest", "Body is not JSON");
    }
    return OvhReply.ok(reply.toString());
  }

  /** The names of OVH's IAM, as the schemas of its API give them for each call. */
  private static String action(OvhRequest request) {
    String verb =
        switch (request.method()) {
          case "GET" -> "get";
          case "POST" -> "create";
          case "PUT" -> "edit";
          default -> "delete";
        };
    if (request.path().endsWith("/refresh")) {
      return "dnsZone:apiovh:refresh";
    }
    if (request.path().endsWith("/status")) {
      return "dnsZone:apiovh:status/get";
    }
    return request.path().contains("/record")
        ? "dnsZone:apiovh:record/" + verb
        : "dnsZone:apiovh:" + verb;
  }

  private Optional<OvhReply> ofSignature(OvhRequest request, Instant now) {
    if (!knowsApplication(request.header("x-ovh-application"))) {
      return error(403, "INVALID_KEY", "This application key is invalid");
    }
    String consumer = request.header("x-ovh-consumer");
    ConsumerKey key = consumerKeys.get(consumer);
    if (key == null) {
      return error(403, "NOT_CREDENTIAL", "This credential does not exist");
    }
    if (!key.state.equals("validated")) {
      return error(403, "INVALID_CREDENTIAL", "This credential is not valid");
    }
    String timestamp = request.header("x-ovh-timestamp");
    if (!timestamp.matches("[0-9]{1,12}")
        || Math.abs(Long.parseLong(timestamp) - now.getEpochSecond()) > WINDOW.toSeconds()) {
      return error(400, "QUERY_TIME_OUT", "Query out of time");
    }
    if (!request.header("x-ovh-signature").equals(signature(request, consumer, timestamp))) {
      return error(400, "INVALID_SIGNATURE", "Invalid signature");
    }
    boolean granted =
        key.rules.stream().anyMatch(rule -> rule.allows(request.method(), request.path()));
    return granted
        ? Optional.empty()
        : error(403, "NOT_GRANTED_CALL", "This call has not been granted");
  }

  @SuppressWarnings("deprecation") // SHA-1 is what the API uses.
  private String signature(OvhRequest request, String consumer, String timestamp) {
    StringBuilder text = new StringBuilder(applicationSecret.value());
    text.append('+').append(consumer).append('+').append(request.method());
    text.append('+').append(request.url()).append('+').append(request.body());
    text.append('+').append(timestamp);
    return "$1$" + Hashing.sha1().hashString(text, UTF_8);
  }

  private static Optional<OvhReply> error(int status, String code, String message) {
    return Optional.of(OvhReply.error(status, code, message));
  }
}
