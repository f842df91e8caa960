package io.relais.testbed.provider;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.net.InetAddresses;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.relais.common.Secret;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * Cloudflare's API for one zone as it is published (<a
 * href="https://developers.cloudflare.com/api/resources/dns/subresources/records/">its schema</a>;
 * error codes as people report them), on a free port of loopback: strict about the token, its
 * permissions and bodies. Answers come in pages of at most three, so that whoever reads only the
 * first is found out. Faults can be put before any request. For any number of threads.
 */
public final class CloudflareSimulator implements AutoCloseable {
  private static final String VERSION = "/client/v4";
  private static final String ZONE_ID = "023e105f4ecef8ad9ca31a8372d0c353";
  private static final String ACCOUNT_ID = "9a7806061c88ada191ed06f989cc3dac";
  private static final int LARGEST_PAGE = 3;
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final HttpServer server;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final String zone;
  private final List<Entry> entries = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private final List<Trap> traps = new ArrayList<>();
  private final List<Request> late = new ArrayList<>();
  private int ids;

  // What the token is and may do.
  private boolean ofAccount;
  private String tokenStatus = "active";
  private Optional<Instant> expires = Optional.empty();
  private boolean mayEdit = true;
  private boolean mayReadZone = true;
  private boolean tellsPermissions = true;

  private String status = "active";
  private boolean paused;

  private CloudflareSimulator(HttpServer server, String zone) {
    this.server = server;
    this.zone = zone;
  }

  /** Starts one that holds a zone. */
  public static CloudflareSimulator start(String zone) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    CloudflareSimulator simulator = new CloudflareSimulator(server, zone);
    server.createContext("/", simulator::handle);
    server.setExecutor(simulator.workers);
    server.start();
    return simulator;
  }

  /** For {@code [dns.cloudflare] endpoint}. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + VERSION);
  }

  public Secret token() {
    return Secret.of("Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY");
  }

  public String zoneId() {
    return ZONE_ID;
  }

  /** One record; a TTL of 1 is the automatic one. */
  public record Entry(
      String id, String name, String type, String content, long ttl, boolean proxied) {
    boolean isSameAs(Entry other) {
      return name.equals(other.name) && type.equals(other.type) && content.equals(other.content);
    }

    ObjectNode json() {
      return MAPPER
          .createObjectNode()
          .put("id", id)
          .put("name", name)
          .put("type", type)
          .put("content", content)
          .put("proxiable", type.matches("A|AAAA|CNAME"))
          .put("proxied", proxied)
          .put("ttl", ttl)
          .put("modified_on", "2026-11-30T12:00:00Z");
    }

    /** As the name servers would have it, but for a proxied one. */
    String line() {
      return name + " " + ttl + " " + type + " " + content + (proxied ? " proxied" : "");
    }
  }

  // ---- the zone, changed by somebody else

  public synchronized void add(String name, String type, String content, long ttl) {
    add(name, type, content, ttl, false);
  }

  public synchronized void add(
      String name, String type, String content, long ttl, boolean proxied) {
    entries.add(new Entry(nextId(), name, type, content, ttl, proxied));
  }

  private String nextId() {
    ids++;
    return "%032x".formatted(ids);
  }

  public synchronized void remove(String name, String type) {
    entries.removeIf(entry -> entry.name.equals(name) && entry.type.equals(type));
  }

  public synchronized ImmutableSortedSet<String> lines() {
    return entries.stream()
        .map(Entry::line)
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }

  public synchronized void setStatus(String word, boolean pause) {
    status = word;
    paused = pause;
  }

  // ---- the token

  public synchronized void setToken(String word, Optional<Instant> end) {
    tokenStatus = word;
    expires = end;
  }

  public synchronized void ownByAccount() {
    ofAccount = true;
  }

  public synchronized void setRights(boolean edit, boolean readZone, boolean tell) {
    mayEdit = edit;
    mayReadZone = readZone;
    tellsPermissions = tell;
  }

  // ---- what came, and what is to go wrong

  /** What goes wrong with one request. */
  public enum Fault {
    /** The connection is closed, and nothing done. */
    CLOSE_BEFORE,
    /** It is done, and the connection closed without a reply. */
    LOSE_REPLY,
    /** The connection is closed, and it is done when {@link #carryOutLate} is called. */
    LATE,
    /** Nothing is said and done, until the simulator is closed. */
    HANG
  }

  private static final class Trap {
    private final Predicate<String> which;
    private final Optional<Fault> fault;
    private final Reply reply;
    private boolean sprung;

    Trap(Predicate<String> which, Optional<Fault> fault, Reply reply) {
      this.which = which;
      this.fault = fault;
      this.reply = reply;
    }
  }

  private record Request(
      String method, String path, ImmutableMap<String, String> query, String token, String body) {
    String line() {
      return method + " " + path;
    }
  }

  private record Reply(int status, String body, ImmutableMap<String, String> headers) {
    static final Reply NONE = new Reply(0, "", ImmutableMap.of());
  }

  /** The fault hits the next request whose method and path are so. */
  public synchronized void inject(Predicate<String> which, Fault fault) {
    traps.add(new Trap(which, Optional.of(fault), Reply.NONE));
  }

  /** The next request that is so is answered like this, and not carried out. */
  public synchronized void answer(
      Predicate<String> which, int status, String body, String... headers) {
    ImmutableMap.Builder<String, String> all = ImmutableMap.builder();
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    traps.add(new Trap(which, Optional.empty(), new Reply(status, body, all.buildOrThrow())));
  }

  /** Carries out what everybody has given up. */
  public synchronized void carryOutLate() {
    late.forEach(this::process);
    late.clear();
  }

  /** Method and path of each request that changes something. */
  public synchronized ImmutableList<String> changes() {
    return requests.stream()
        .filter(line -> !line.startsWith("GET "))
        .collect(ImmutableList.toImmutableList());
  }

  /** Method and path of each request. */
  public synchronized ImmutableList<String> requests() {
    return ImmutableList.copyOf(requests);
  }

  // ---- HTTP

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Request request = read(exchange);
      Optional<Trap> trap = record(request);
      Reply reply = trap.isEmpty() ? process(request) : suffer(request, trap.get());
      if (reply.status() != 0) {
        send(exchange, reply);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Optional<Trap> record(Request request) {
    requests.add(request.line());
    for (Trap trap : traps) {
      if (!trap.sprung && trap.which.test(request.line())) {
        trap.sprung = true;
        return Optional.of(trap);
      }
    }
    return Optional.empty();
  }

  private Reply suffer(Request request, Trap trap) throws InterruptedException {
    if (trap.fault.isEmpty()) {
      return trap.reply;
    }
    switch (trap.fault.get()) {
      case CLOSE_BEFORE -> {}
      case LOSE_REPLY -> process(request);
      case LATE -> keep(request);
      case HANG -> closed.await();
    }
    return Reply.NONE;
  }

  private synchronized void keep(Request request) {
    late.add(request);
  }

  private static Request read(HttpExchange exchange) throws IOException {
    URI uri = exchange.getRequestURI();
    String path = uri.getPath();
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    return new Request(
        exchange.getRequestMethod(),
        path.startsWith(VERSION) ? path.substring(VERSION.length()) : path,
        pairs(uri.getRawQuery() == null ? "" : uri.getRawQuery()),
        token == null ? "" : token,
        new String(exchange.getRequestBody().readAllBytes(), UTF_8));
  }

  private static ImmutableMap<String, String> pairs(String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : Splitter.on('&').omitEmptyStrings().split(text)) {
      List<String> parts = Splitter.on('=').limit(2).splitToList(pair);
      pairs.put(parts.get(0), URLDecoder.decode(parts.get(1), UTF_8));
    }
    return ImmutableMap.copyOf(pairs);
  }

  private static void send(HttpExchange exchange, Reply reply) throws IOException {
    byte[] body = reply.body().getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("CF-Ray", "8c1a2b3c4d5e6f70-CDG");
    reply.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  // ---- the API

  private synchronized Reply process(Request request) {
    if (!request.token().equals("Bearer " + token().value())) {
      return error(400, 6003, "Invalid request headers");
    }
    boolean verified = request.path().endsWith("/tokens/verify");
    if (!tokenStatus.equals("active") && !verified) {
      return error(403, 9109, "Invalid access token");
    }
    String records = "/zones/" + ZONE_ID + "/dns_records";
    return switch (request.line()) {
      case "GET /user/tokens/verify" ->
          ofAccount ? error(401, 1000, "Invalid API Token") : verification();
      case "GET /accounts/" + ACCOUNT_ID + "/tokens/verify" -> verification();
      case "GET /zones" -> zones(request);
      case "GET /zones/" + ZONE_ID ->
          mayReadZone ? ok(zone()) : error(403, 9109, "Unauthorized to access requested resource");
      default ->
          request.path().startsWith(records)
              ? records(request, request.path().substring(records.length()))
              : error(
                  404,
                  7003,
                  "Could not route to "
                      + request.path()
                      + ", perhaps your object"
                      + " identifier is invalid?");
    };
  }

  private Reply verification() {
    ObjectNode token = MAPPER.createObjectNode().put("id", "ed17574386854bf78a67040be0a770b0");
    token.put("status", tokenStatus);
    expires.ifPresent(end -> token.put("expires_on", end.toString()));
    return ok(token);
  }

  private ObjectNode zone() {
    ObjectNode json =
        MAPPER
            .createObjectNode()
            .put("id", ZONE_ID)
            .put("name", zone)
            .put("status", status)
            .put("paused", paused)
            .put("type", "full");
    json.putObject("account").put("id", ACCOUNT_ID);
    ArrayNode permissions = json.putArray("permissions");
    if (tellsPermissions) {
      permissions.add("#dns_records:read").add("#zone:read");
      if (mayEdit) {
        permissions.add("#dns_records:edit");
      }
    }
    return json;
  }

  private Reply zones(Request request) {
    boolean shown = mayReadZone && zone.equals(request.query().get("name"));
    return page(request, shown ? ImmutableList.of(zone()) : ImmutableList.of());
  }

  private Reply records(Request request, String rest) {
    if (!request.method().equals("GET") && !mayEdit) {
      return error(403, 10000, "Authentication error");
    }
    if (rest.isEmpty()) {
      return switch (request.method()) {
        case "GET" -> list(request);
        case "POST" -> create(request.body());
        default -> error(405, 10405, "Method not allowed for this authentication scheme");
      };
    }
    String id = rest.substring(1);
    Optional<Entry> entry = entries.stream().filter(one -> one.id.equals(id)).findFirst();
    if (entry.isEmpty()) {
      return error(404, 81044, "Record does not exist.");
    }
    return switch (request.method()) {
      case "PATCH" -> edit(entry.get(), request.body());
      case "DELETE" -> {
        entries.remove(entry.get());
        yield ok(MAPPER.createObjectNode().put("id", id));
      }
      default -> error(405, 10405, "Method not allowed for this authentication scheme");
    };
  }

  private Reply list(Request request) {
    String name = request.query().get("name");
    return page(
        request,
        entries.stream()
            .filter(entry -> name == null || entry.name.equals(name))
            .map(Entry::json)
            .toList());
  }

  private Reply create(String body) {
    return parse(body, "", nextId()).map(this::store).orElseGet(CloudflareSimulator::invalid);
  }

  private Reply store(Entry entry) {
    Optional<Reply> refusal = refusal(entry);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    entries.add(entry);
    return ok(entry.json());
  }

  private Reply edit(Entry entry, String body) {
    Optional<Entry> edited = parse(body, entry.type, entry.id);
    if (edited.isEmpty()) {
      return invalid();
    }
    Optional<Reply> refusal = refusal(edited.get());
    if (refusal.isPresent()) {
      return refusal.get();
    }
    entries.set(entries.indexOf(entry), edited.get());
    return ok(edited.get().json());
  }

  private Optional<Reply> refusal(Entry entry) {
    List<Entry> others = entries.stream().filter(one -> !one.id.equals(entry.id)).toList();
    if (others.stream().anyMatch(entry::isSameAs)) {
      return Optional.of(error(400, 81058, "An identical record already exists."));
    }
    boolean alias =
        others.stream().anyMatch(one -> one.name.equals(entry.name) && one.type.equals("CNAME"));
    return alias
        ? Optional.of(error(400, 81054, "A CNAME record with that host already exists."))
        : Optional.empty();
  }

  /** Of an address; a proxied one has no TTL of its own. */
  private static Optional<Entry> parse(String body, String type, String id) {
    try {
      JsonNode json = MAPPER.readTree(body);
      String content = json.path("content").asText("");
      long ttl = json.path("ttl").asLong(0);
      String kind = json.path("type").asText(type);
      boolean right =
          InetAddresses.isInetAddress(content)
              && content.contains(":") == kind.equals("AAAA")
              && (ttl == 1 || (ttl >= 60 && ttl <= 86_400));
      boolean proxied = json.path("proxied").asBoolean(false);
      return right
          ? Optional.of(
              new Entry(
                  id, json.path("name").asText(""), kind, content, proxied ? 1 : ttl, proxied))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static Reply invalid() {
    return error(400, 9005, "Content for A record must be a valid IPv4 address.");
  }

  private static Reply page(Request request, List<ObjectNode> all) {
    int wanted = Integer.parseInt(request.query().getOrDefault("per_page", "100"));
    int size = Math.min(LARGEST_PAGE, wanted);
    int page = Integer.parseInt(request.query().getOrDefault("page", "1"));
    int from = Math.min(all.size(), (page - 1) * size);
    ObjectNode reply = envelope(true);
    ArrayNode result = reply.putArray("result");
    all.subList(from, Math.min(all.size(), from + size)).forEach(result::add);
    reply
        .putObject("result_info")
        .put("page", page)
        .put("per_page", size)
        .put("count", result.size())
        .put("total_count", all.size())
        .put("total_pages", (all.size() + size - 1) / size);
    return new Reply(200, reply.toString(), ImmutableMap.of());
  }

  private static ObjectNode envelope(boolean success) {
    ObjectNode reply = MAPPER.createObjectNode().put("success", success);
    reply.putArray("errors");
    reply.putArray("messages");
    return reply;
  }

  private static Reply ok(ObjectNode result) {
    return new Reply(200, envelope(true).set("result", result).toString(), ImmutableMap.of());
  }

  /** An answer as the API gives it for a failure. */
  public static String errorBody(int code, String message) {
    ObjectNode reply = envelope(false).putNull("result");
    reply.withArray("errors").addObject().put("code", code).put("message", message);
    return reply.toString();
  }

  private static Reply error(int status, int code, String message) {
    return new Reply(status, errorBody(code, message), ImmutableMap.of());
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    workers.shutdownNow();
  }
}
