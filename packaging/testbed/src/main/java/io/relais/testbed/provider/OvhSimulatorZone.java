package io.relais.testbed.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A zone at the simulated OVH: what is stored, and apart from it what its name servers serve. For
 * any number of threads.
 */
public final class OvhSimulatorZone {
  private static final JsonMapper JSON = new JsonMapper();
  private static final ImmutableSet<String> TYPES =
      ImmutableSet.of("A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT", "CAA");

  /** Longer than 32 bits, as the real ones are. */
  private long nextId = 5_301_234_567L;

  private final String name;
  private final ScheduledExecutorService timer;
  private final TreeMap<Long, Entry> stored = new TreeMap<>();
  private ImmutableList<Entry> published = ImmutableList.of();
  private Optional<ImmutableList<Entry>> deploying = Optional.empty();
  private Optional<Duration> delay = Optional.of(Duration.ZERO);
  private boolean oneRefreshUntilDeployed;
  private ImmutableList<String> errors = ImmutableList.of();
  private int refreshes;
  private Consumer<ImmutableList<Entry>> listener = records -> {};

  OvhSimulatorZone(String name, ScheduledExecutorService timer) {
    this.name = name;
    this.timer = timer;
  }

  /**
   * A record.
   *
   * @param subDomain null or empty for the zone's own name
   * @param ttl null or 0 for the zone's default
   */
  public record Entry(
      long id, String fieldType, @Nullable String subDomain, String target, @Nullable Long ttl) {
    /** As a zone file has it, absolute; a default TTL is an hour. */
    public String line(String zone) {
      String sub = subDomain == null ? "" : subDomain;
      long seconds = ttl == null || ttl == 0 ? 3600 : ttl;
      return (sub.isEmpty() ? zone : sub + "." + zone)
          + " "
          + seconds
          + " "
          + fieldType
          + " "
          + target;
    }
  }

  // ---- for tests

  /** Puts a record into the store, behind the API's back; {@link #deployNow} makes it served. */
  public synchronized Entry add(
      @Nullable String subDomain, String fieldType, String target, @Nullable Long ttl) {
    Entry record = new Entry(nextId++, fieldType, subDomain, target, ttl);
    stored.put(record.id(), record);
    return record;
  }

  /** Takes a record out of the store, behind the API's back. */
  public synchronized void remove(long id) {
    stored.remove(id);
  }

  public synchronized ImmutableList<Entry> stored() {
    return ImmutableList.copyOf(stored.values());
  }

  /** What the zone's name servers serve. */
  public synchronized ImmutableList<Entry> published() {
    return published;
  }

  /** How many refreshes were accepted. */
  public synchronized int refreshes() {
    return refreshes;
  }

  /** From a refresh to the name servers; none for {@link #deployNow} only. */
  public synchronized void deployAfter(Optional<Duration> time) {
    delay = time;
  }

  /** Whether a refresh is refused (409) as long as the one before is not deployed. */
  public synchronized void oneRefreshUntilDeployed(boolean strict) {
    oneRefreshUntilDeployed = strict;
  }

  /** What the zone's status reports as errors. */
  public synchronized void setErrors(String... texts) {
    errors = ImmutableList.copyOf(texts);
  }

  /** Called with what is served, whenever that changes; for a name server that serves it. */
  public synchronized void onPublished(Consumer<ImmutableList<Entry>> consumer) {
    listener = consumer;
    consumer.accept(published);
  }

  /** A refresh by somebody else, which takes as long as any. */
  public void refreshByAnother() {
    refresh("");
  }

  /** Serves what is stored, as a refresh by somebody else would. */
  public synchronized void deployNow() {
    serve(stored());
  }

  /** Serves what was stored at the last refresh, if that isn't served yet. */
  public synchronized void deployRefreshed() {
    deploying.ifPresent(this::serve);
  }

  private void serve(ImmutableList<Entry> records) {
    published = records;
    deploying = Optional.empty();
    listener.accept(records);
  }

  // ---- the API

  synchronized OvhReply list(String fieldType, @Nullable String subDomain) {
    StringBuilder ids = new StringBuilder("[");
    for (Entry record : stored.values()) {
      String sub = record.subDomain() == null ? "" : record.subDomain();
      if ((fieldType.isEmpty() || record.fieldType().equals(fieldType))
          && (subDomain == null || like(sub, subDomain))) {
        ids.append(ids.length() == 1 ? "" : ",").append(record.id());
      }
    }
    return OvhReply.ok(ids.append("]").toString());
  }

  /** SQL's ILIKE: {@code %} is anything, {@code _} any one character, case doesn't count. */
  static boolean like(String text, String pattern) {
    StringBuilder regex = new StringBuilder("(?is)");
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      regex.append(c == '%' ? ".*" : c == '_' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.matches(regex.toString(), text);
  }

  synchronized OvhReply get(long id) {
    Entry record = stored.get(id);
    return record == null ? noSuch(id) : OvhReply.ok(json(record));
  }

  private String json(Entry record) {
    ObjectNode json = JSON.createObjectNode();
    json.put("id", record.id())
        .put("zone", name)
        .put("fieldType", record.fieldType())
        .put("subDomain", record.subDomain())
        .put("target", record.target())
        .put("ttl", record.ttl());
    return json.toString();
  }

  synchronized OvhReply post(String body) {
    ImmutableSet<String> known = ImmutableSet.of("fieldType", "subDomain", "target", "ttl");
    Optional<OvhReply> wrong = faultOf(body, known, ImmutableSet.of("fieldType", "target"));
    if (wrong.isPresent()) {
      return wrong.get();
    }
    JsonNode json = parse(body);
    String type = json.path("fieldType").asText();
    Entry record =
        new Entry(nextId, type, text(json, "subDomain"), json.path("target").asText(), ttl(json));
    Optional<OvhReply> bad = faultOf(record);
    if (bad.isPresent()) {
      return bad.get();
    }
    nextId++;
    stored.put(record.id(), record);
    return OvhReply.ok(json(record));
  }

  synchronized OvhReply put(long id, String body) {
    Entry before = stored.get(id);
    if (before == null) {
      return noSuch(id);
    }
    ImmutableSet<String> known = ImmutableSet.of("subDomain", "target", "ttl");
    Optional<OvhReply> wrong = faultOf(body, known, ImmutableSet.of());
    if (wrong.isPresent()) {
      return wrong.get();
    }
    JsonNode json = parse(body);
    Entry after =
        new Entry(
            id,
            before.fieldType(),
            json.has("subDomain") ? text(json, "subDomain") : before.subDomain(),
            json.path("target").asText(before.target()),
            json.has("ttl") ? ttl(json) : before.ttl());
    Optional<OvhReply> bad = faultOf(after);
    if (bad.isPresent()) {
      return bad.get();
    }
    stored.put(id, after);
    return OvhReply.ok("null");
  }

  synchronized OvhReply delete(long id) {
    return stored.remove(id) == null ? noSuch(id) : OvhReply.ok("null");
  }

  synchronized OvhReply refresh(String body) {
    if (!body.isEmpty()) {
      return OvhReply.classic(400, "Client::BadRequest", "Received not described parameters");
    }
    if (oneRefreshUntilDeployed && deploying.isPresent()) {
      return OvhReply.classic(409, "Client::Conflict", "A refresh is already in progress");
    }
    refreshes++;
    ImmutableList<Entry> snapshot = stored();
    deploying = Optional.of(snapshot);
    if (delay.isPresent() && delay.get().isZero()) {
      serve(snapshot);
    } else {
      delay.ifPresent(this::deployLater);
    }
    return OvhReply.ok("null");
  }

  private void deployLater(Duration time) {
    int number = refreshes;
    var _ = timer.schedule(() -> deploy(number), time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A later refresh deploys what it found itself. */
  private synchronized void deploy(int number) {
    if (number == refreshes) {
      deployRefreshed();
    }
  }

  /**
   * The published schema says of {@code isDeployed} only "True if the zone has successfully been
   * deployed": so here it is about the last refresh, and knows nothing of edits since.
   */
  synchronized OvhReply status() {
    ObjectNode json = JSON.createObjectNode();
    json.put("isDeployed", deploying.isEmpty());
    errors.forEach(json.putArray("errors")::add);
    json.putArray("warnings");
    return OvhReply.ok(json.toString());
  }

  synchronized OvhReply properties() {
    return OvhReply.ok(
        "{\"name\":\"%s\",\"iam\":{\"urn\":\"urn:v1:eu:resource:dnsZone:%s\"}}"
            .formatted(name, name));
  }

  synchronized OvhReply soa() {
    return OvhReply.ok(
        "{\"server\":\"dns10.ovh.net.\",\"email\":\"tech.ovh.net.\",\"serial\":"
            + (2026010200L + refreshes)
            + ",\"refresh\":86400,\"nxDomainTtl\":300,\"expire\":3600000,\"ttl\":3600}");
  }

  // ---- what the API refuses

  private static JsonNode parse(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  private static Optional<OvhReply> faultOf(
      String body, ImmutableSet<String> known, ImmutableSet<String> required) {
    JsonNode json = parse(body);
    if (!json.isObject()) {
      return bad("Body is not a JSON object");
    }
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      String field = names.next();
      if (!known.contains(field)) {
        return bad("Received not described parameters: (" + field + ")");
      }
      boolean number = field.equals("ttl");
      JsonNode value = json.path(field);
      if (!value.isNull() && (number ? !value.isIntegralNumber() : !value.isTextual())) {
        return bad("[" + field + "] Given data is not valid");
      }
    }
    for (String field : required) {
      if (!json.hasNonNull(field)) {
        return bad("Missing parameter(s): " + field);
      }
    }
    return Optional.empty();
  }

  private Optional<OvhReply> faultOf(Entry record) {
    boolean address = record.fieldType().equals("A") || record.fieldType().equals("AAAA");
    boolean six = record.target().contains(":");
    if (!TYPES.contains(record.fieldType())) {
      return bad("[fieldType] Given data is not valid");
    }
    if (address
        && (!InetAddresses.isInetAddress(record.target())
            || six != record.fieldType().equals("AAAA"))) {
      return bad("Invalid target for this record");
    }
    String sub = record.subDomain() == null ? "" : record.subDomain();
    boolean alias =
        stored.values().stream()
            .filter(other -> other.id() != record.id())
            .filter(other -> sub.equals(other.subDomain() == null ? "" : other.subDomain()))
            .anyMatch(
                other -> other.fieldType().equals("CNAME") || record.fieldType().equals("CNAME"));
    return alias ? bad("A CNAME can't stand beside other records") : Optional.empty();
  }

  private static Optional<OvhReply> bad(String message) {
    return Optional.of(OvhReply.classic(400, "Client::BadRequest", message));
  }

  private static OvhReply noSuch(long id) {
    return OvhReply.classic(
        404, "Client::NotFound", "The requested object (id = " + id + ") does not exist");
  }

  private static @Nullable String text(JsonNode json, String field) {
    return json.hasNonNull(field) ? json.path(field).asText() : null;
  }

  /** Under a minute is a minute; 0 and null stay. */
  private static @Nullable Long ttl(JsonNode json) {
    if (!json.hasNonNull("ttl")) {
      return null;
    }
    long ttl = json.path("ttl").asLong();
    return ttl > 0 ? Math.max(60, ttl) : ttl;
  }
}
