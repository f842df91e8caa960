package io.relais.testbed.provider;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.relais.common.Secret;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;

/**
 * OVH's API as it is published (<a href="https://eu.api.ovh.com/v1/domain.json">its schema</a>, and
 * what OVH's own libraries send), on a free port of loopback, strict about signatures, rights, the
 * clock and bodies. Faults can be put before any request. For any number of threads.
 */
public final class OvhSimulator implements AutoCloseable {
  private static final String VERSION = "/1.0";

  private final HttpServer server;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer;
  private final InstantSource clock;
  private final OvhSimulatorAccess access;
  private final Map<String, OvhSimulatorZone> zones = new HashMap<>();
  private final List<OvhRequest> requests = new ArrayList<>();
  private final List<Trap> traps = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Phaser late = new Phaser(1);
  private Duration ahead = Duration.ZERO;

  private OvhSimulator(HttpServer server, InstantSource clock) {
    this.server = server;
    this.clock = clock;
    this.timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    this.access = new OvhSimulatorAccess(applicationKey(), applicationSecret());
  }

  /** Starts one with this machine's clock. */
  public static OvhSimulator start() throws IOException {
    return start(InstantSource.system());
  }

  /** Starts one with a clock. */
  public static OvhSimulator start(InstantSource clock) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    OvhSimulator simulator = new OvhSimulator(server, clock);
    server.createContext("/", simulator::handle);
    server.setExecutor(simulator.workers);
    server.start();
    return simulator;
  }

  // ---- what a client is configured with

  /** For {@code [dns.ovh] endpoint}. */
  public URI endpoint() {
    return URI.create(base() + VERSION);
  }

  public URI tokenUrl() {
    return URI.create(base() + "/auth/oauth2/token");
  }

  private String base() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  public String applicationKey() {
    return "7kbG7Bk7S9Nt7ZSV";
  }

  public Secret applicationSecret() {
    return Secret.of("EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF");
  }

  /** A confirmed consumer key with some rights, each as {@code GET /domain/zone/*}. */
  public synchronized Secret grant(String... rules) {
    List<OvhSimulatorAccess.Rule> list =
        Arrays.stream(rules).map(OvhSimulatorAccess.Rule::of).toList();
    return Secret.of(access.request(list, "validated"));
  }

  /** A confirmed consumer key for everything. */
  public Secret grantAll() {
    return grant("GET *", "PUT *", "POST *", "DELETE *");
  }

  /** With which a service account asks for its tokens, and where. */
  public record ServiceAccount(String clientId, Secret clientSecret, URI tokenUrl) {}

  /** A service account whose tokens are good for an hour, with some actions of IAM. */
  public synchronized ServiceAccount serviceAccount(String... actions) {
    Secret secret = Secret.of("c1!ent+secret%of&tests");
    access.client("EU.0123456789abcdef", secret, List.of(actions), Duration.ofHours(1));
    return new ServiceAccount("EU.0123456789abcdef", secret, tokenUrl());
  }

  /** What the user does on the page, and time: {@code validated}, {@code refused}, … */
  public synchronized void setState(Secret consumerKey, String state) {
    access.consumerKey(consumerKey.value()).orElseThrow().state = state;
  }

  public synchronized void setExpiration(Secret consumerKey, Instant end) {
    access.consumerKey(consumerKey.value()).orElseThrow().expiration = Optional.of(end);
  }

  public synchronized void setAllowedIps(Secret consumerKey, String... networks) {
    access.consumerKey(consumerKey.value()).orElseThrow().allowedIps = List.of(networks);
  }

  /** What a consumer key may do: {@code GET /domain/zone/example.org/record}. */
  public synchronized ImmutableList<String> rules(Secret consumerKey) {
    return access.consumerKey(consumerKey.value()).orElseThrow().rules.stream()
        .map(rule -> rule.method() + " " + rule.path())
        .collect(ImmutableList.toImmutableList());
  }

  /** Whether the API would refuse a call to this key for its rules. */
  public synchronized boolean refuses(Secret consumerKey, String method, String path) {
    return access.consumerKey(consumerKey.value()).orElseThrow().rules.stream()
        .noneMatch(rule -> rule.allows(method, path));
  }

  /** Every token handed out so far is good for nothing from now on. */
  public synchronized void dropTokens() {
    access.dropTokens();
  }

  /** How far the API's clock is ahead of the one given. */
  public synchronized void setAhead(Duration time) {
    ahead = time;
  }

  /** The zone, made at the first call. */
  public synchronized OvhSimulatorZone zone(String name) {
    return zones.computeIfAbsent(name, zone -> new OvhSimulatorZone(zone, timer));
  }

  // ---- what came, and what is to go wrong

  public synchronized ImmutableList<OvhRequest> requests() {
    return ImmutableList.copyOf(requests);
  }

  /** Those that change records or publish them. */
  public ImmutableList<String> changes() {
    return requests().stream()
        .filter(OvhRequest::changes)
        .map(OvhRequest::line)
        .collect(ImmutableList.toImmutableList());
  }

  public synchronized void forgetRequests() {
    requests.clear();
  }

  /** The fault hits the {@code n}th request (from 1, counted from now) that is so, and no other. */
  public synchronized void inject(int n, Predicate<OvhRequest> which, OvhFault fault) {
    traps.add(new Trap(n, false, which, fault));
  }

  /** The fault hits every request that is so. */
  public synchronized void injectAlways(Predicate<OvhRequest> which, OvhFault fault) {
    traps.add(new Trap(1, true, which, fault));
  }

  /** No fault any more. */
  public synchronized void clearFaults() {
    traps.clear();
  }

  /** Blocks until each request that was to be carried out late is. */
  public void awaitLate() {
    late.arriveAndAwaitAdvance();
  }

  private static final class Trap {
    private final boolean lasting;
    private final Predicate<OvhRequest> which;
    private final OvhFault fault;
    private int left;

    Trap(int n, boolean lasting, Predicate<OvhRequest> which, OvhFault fault) {
      this.left = n;
      this.lasting = lasting;
      this.which = which;
      this.fault = fault;
    }

    boolean hits(OvhRequest request) {
      return which.test(request) && (lasting || --left == 0);
    }
  }

  private synchronized Optional<OvhFault> record(OvhRequest request) {
    requests.add(request);
    Optional<OvhFault> fault = Optional.empty();
    for (Trap trap : traps) {
      if (trap.hits(request) && fault.isEmpty()) {
        fault = Optional.of(trap.fault);
      }
    }
    return fault;
  }

  // ---- HTTP

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      OvhRequest request = read(exchange);
      Optional<OvhFault> fault = record(request);
      Optional<OvhReply> reply =
          fault.isEmpty() ? Optional.of(process(request)) : suffer(request, fault.get());
      if (reply.isPresent()) {
        send(exchange, reply.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Empty to close the connection without a reply. */
  private Optional<OvhReply> suffer(OvhRequest request, OvhFault fault)
      throws InterruptedException {
    return switch (fault) {
      case OvhFault.Answer answer -> Optional.of(answer.reply());
      case OvhFault.CloseBefore _ -> Optional.empty();
      case OvhFault.LoseReply _ -> {
        process(request);
        yield Optional.empty();
      }
      case OvhFault.ApplyLate(CountDownLatch latch) -> {
        processLate(request, latch);
        yield Optional.empty();
      }
      case OvhFault.Hang _ -> {
        closed.await();
        yield Optional.empty();
      }
      case OvhFault.Delay(Duration time) -> {
        Thread.sleep(time);
        yield Optional.of(process(request));
      }
      case OvhFault.RunInstead(Runnable action) -> {
        action.run();
        yield Optional.empty();
      }
      case OvhFault.Run run -> {
        run.before().run();
        OvhReply reply = process(request);
        run.after().run();
        yield Optional.of(reply);
      }
    };
  }

  private void processLate(OvhRequest request, CountDownLatch latch) {
    late.register();
    Thread.startVirtualThread(
        () -> {
          try {
            latch.await();
            process(request);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            late.arriveAndDeregister();
          }
        });
  }

  private static OvhRequest read(HttpExchange exchange) throws IOException {
    URI uri = exchange.getRequestURI();
    ImmutableMap.Builder<String, String> headers = ImmutableMap.builder();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
    String host = exchange.getRequestHeaders().getFirst("Host");
    String path = uri.getPath();
    return new OvhRequest(
        exchange.getRequestMethod(),
        "http://" + host + uri,
        path.startsWith(VERSION) ? path.substring(VERSION.length()) : path,
        pairs(uri.getRawQuery() == null ? "" : uri.getRawQuery()),
        headers.buildKeepingLast(),
        new String(exchange.getRequestBody().readAllBytes(), UTF_8));
  }

  private static ImmutableMap<String, String> pairs(String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : Splitter.on('&').omitEmptyStrings().split(text)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      pairs.put(URLDecoder.decode(name, UTF_8), URLDecoder.decode(value, UTF_8));
    }
    return ImmutableMap.copyOf(pairs);
  }

  private static void send(HttpExchange exchange, OvhReply reply) throws IOException {
    byte[] body = reply.body().getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", reply.contentType());
    exchange.getResponseHeaders().set("X-Ovh-QueryID", "EU.ext-1.65a0b1c2.1.test");
    reply.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  // ---- the API

  private synchronized OvhReply process(OvhRequest request) {
    Instant now = clock.instant().plus(ahead);
    return switch (request.line()) {
      case "GET /auth/time" -> OvhReply.ok(Long.toString(now.getEpochSecond()));
      case "POST /auth/oauth2/token" -> access.token(pairs(request.body()), now);
      case "POST /auth/credential" -> OvhSimulatorLogin.request(access, request, base());
      default -> access.refusal(request, now).orElseGet(() -> authorized(request));
    };
  }

  private OvhReply authorized(OvhRequest request) {
    if (request.line().equals("GET /auth/currentCredential")) {
      return OvhSimulatorLogin.current(access, request);
    }
    if (OvhSimulatorAccess.isAuthorizationCheck(request)) {
      return access.authorizationCheck(request);
    }
    List<String> path = Splitter.on('/').splitToList(request.path());
    if (path.size() < 4 || !request.path().startsWith("/domain/zone/")) {
      return noSuchCall();
    }
    OvhSimulatorZone zone = zones.get(path.get(3));
    if (zone == null) {
      return OvhReply.classic(404, "Client::NotFound", "This service does not exist");
    }
    return inZone(zone, request, path.subList(4, path.size()));
  }

  private static OvhReply inZone(OvhSimulatorZone zone, OvhRequest request, List<String> rest) {
    boolean one = rest.size() == 2 && rest.getFirst().equals("record");
    if (one && !rest.get(1).matches("[0-9]{1,18}")) {
      return OvhReply.classic(400, "Client::BadRequest", "[id] Given data is not valid");
    }
    long id = one ? Long.parseLong(rest.get(1)) : 0;
    return switch (request.method() + " " + (one ? "record/id" : String.join("/", rest))) {
      case "GET record" ->
          zone.list(
              request.query().getOrDefault("fieldType", ""), request.query().get("subDomain"));
      case "POST record" -> zone.post(request.body());
      case "GET record/id" -> zone.get(id);
      case "PUT record/id" -> zone.put(id, request.body());
      case "DELETE record/id" -> zone.delete(id);
      case "POST refresh" -> zone.refresh(request.body());
      case "GET " -> zone.properties();
      case "GET status" -> zone.status();
      case "GET soa" -> zone.soa();
      default -> noSuchCall();
    };
  }

  private static OvhReply noSuchCall() {
    return OvhReply.error(404, "INVALID_URL", "Got an invalid (or empty) URL");
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    workers.shutdownNow();
    timer.shutdownNow();
  }
}
