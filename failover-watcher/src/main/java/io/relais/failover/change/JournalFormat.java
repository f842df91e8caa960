package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.net.InetAddresses;
import io.relais.failover.change.JournalState.CompletedChange;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.io.IOException;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The journal as JSON: {@code version}, the SHA-256 of the state's own text, and the {@code state}.
 * It is indented, for people. TTLs are in seconds, times in UTC.
 */
final class JournalFormat {
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The file is not what was written. The message says in what. */
  static final class DamagedException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedException(String message) {
      super(message);
    }
  }

  /** The file's version is not known to this program. */
  static final class NewerException extends Exception {
    private static final long serialVersionUID = 1L;

    NewerException(long version) {
      super("version " + version + ", and this one knows " + VERSION);
    }
  }

  private JournalFormat() {}

  static byte[] encode(JournalState state) {
    ObjectNode body = state(state);
    ObjectNode root = JSON.createObjectNode();
    root.put("version", VERSION).put("sha256", checksum(body)).set("state", body);
    return (root.toPrettyString() + "\n").getBytes(UTF_8);
  }

  /** The opposite; the caller compares the encoding, which finds what a lenient reader forgives. */
  static JournalState decode(byte[] content) throws DamagedException, NewerException {
    JsonNode root = parse(content);
    long version = root.path("version").asLong();
    if (version > VERSION) {
      throw new NewerException(version);
    }
    if (!root.path("sha256").asText().equals(checksum(root.path("state")))) {
      throw new DamagedException("its checksum is wrong");
    }
    try {
      return state(root.path("state"));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new DamagedException("a value in it is not valid: " + e.getMessage());
    }
  }

  private static JsonNode parse(byte[] content) throws DamagedException {
    try {
      JsonNode root = JSON.readTree(content);
      if (!root.isObject()) {
        throw new DamagedException(root.isMissingNode() ? "it is empty" : "it is not a journal");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new DamagedException("it is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new DamagedException("it is not text: " + e.getMessage());
    }
  }

  private static String checksum(JsonNode body) {
    return Hashing.sha256().hashString(body.toString(), UTF_8).toString();
  }

  private static ObjectNode state(JournalState state) {
    ObjectNode node = JSON.createObjectNode();
    state.underWay().ifPresent(pending -> node.set("under_way", pending(pending)));
    node.set("original", sets(state.original().values()));
    ArrayNode backups = node.putArray("backups");
    state.backups().forEach(backups::add);
    state.last().ifPresent(last -> node.set("last", finished(last)));
    return node;
  }

  private static JournalState state(JsonNode node) {
    return new JournalState(
        optional(node, "under_way").map(JournalFormat::pending),
        sets(node.path("original")),
        elements(node.path("backups")).map(JsonNode::asText).collect(toImmutableSet()),
        optional(node, "last").map(JournalFormat::finished));
  }

  private static ObjectNode pending(PendingChange pending) {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", pending.id()).put("kind", pending.kind().name());
    node.put("undoing", pending.undoing()).put("since", pending.since().toString());
    pending.backup().v4().ifPresent(v4 -> node.put("backup_v4", InetAddresses.toAddrString(v4)));
    pending.backup().v6().ifPresent(v6 -> node.put("backup_v6", InetAddresses.toAddrString(v6)));
    ArrayNode zones = node.putArray("zones");
    pending.zones().forEach(zone -> zones.add(zone(zone)));
    node.set("back", sets(pending.back().values()));
    node.put("overtakes", pending.overtakes());
    if (pending.openEnded()) { // A journal of a version that did not know it has no such field.
      node.put("open_ended", true);
    }
    switch (pending.progress()) {
      case Progress.Intended _ -> node.put("progress", "intended");
      case Progress.Applied _ -> node.put("progress", "applied");
      case Progress.Published published -> {
        node.put("progress", "published");
        node.set("published", published(published));
      }
    }
    return node;
  }

  private static PendingChange pending(JsonNode node) {
    return new PendingChange(
        node.path("id").asText(),
        ChangeKind.valueOf(node.path("kind").asText()),
        node.path("undoing").asBoolean(),
        Instant.parse(node.path("since").asText()),
        new BackupAddresses(address(node, "backup_v4"), address(node, "backup_v6")),
        elements(node.path("zones")).map(JournalFormat::zone).collect(toImmutableList()),
        sets(node.path("back")),
        node.path("overtakes").asBoolean(),
        node.path("open_ended").asBoolean(),
        progress(node));
  }

  private static Progress progress(JsonNode node) {
    String text = node.path("progress").asText();
    return switch (text) {
      case "intended" -> new Progress.Intended();
      case "applied" -> new Progress.Applied();
      case "published" -> published(node.path("published"));
      default -> throw new IllegalArgumentException("progress " + text);
    };
  }

  private static ObjectNode published(Progress.Published published) {
    return JSON.createObjectNode()
        .put("first", published.first().toString())
        .put("last", published.last().toString())
        .put("times", published.times());
  }

  private static Progress.Published published(JsonNode node) {
    return new Progress.Published(
        Instant.parse(node.path("first").asText()),
        Instant.parse(node.path("last").asText()),
        node.path("times").asInt());
  }

  private static ObjectNode finished(CompletedChange last) {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", last.id()).put("kind", last.kind().name()).put("undone", last.undone());
    node.put("since", last.since().toString());
    node.set("published", published(last.published()));
    return node.put("visible", last.visible().toString());
  }

  private static CompletedChange finished(JsonNode node) {
    return new CompletedChange(
        node.path("id").asText(),
        ChangeKind.valueOf(node.path("kind").asText()),
        node.path("undone").asBoolean(),
        Instant.parse(node.path("since").asText()),
        published(node.path("published")),
        Instant.parse(node.path("visible").asText()));
  }

  private static ObjectNode zone(ZoneChange zone) {
    ObjectNode node = JSON.createObjectNode().put("zone", zone.zone());
    ArrayNode steps = node.putArray("replacements");
    for (Replacement step : zone.replacements()) {
      ObjectNode replacement = steps.addObject();
      replacement.set("before", set(step.before()));
      replacement.set("after", set(step.after()));
    }
    return node;
  }

  private static ZoneChange zone(JsonNode node) {
    return new ZoneChange(
        node.path("zone").asText(),
        elements(node.path("replacements"))
            .map(step -> new Replacement(set(step.path("before")), set(step.path("after"))))
            .collect(toImmutableList()));
  }

  private static ArrayNode sets(Collection<RrSet> sets) {
    ArrayNode node = JSON.createArrayNode();
    sets.forEach(set -> node.add(set(set)));
    return node;
  }

  private static ImmutableMap<RecordKey, RrSet> sets(JsonNode node) {
    return elements(node).map(JournalFormat::set).collect(toImmutableMap(RrSet::key, set -> set));
  }

  private static ObjectNode set(RrSet set) {
    ObjectNode node = JSON.createObjectNode();
    node.put("name", set.key().name()).put("type", set.key().type().name());
    node.put("ttl", set.ttl().toSeconds());
    ArrayNode values = node.putArray("values");
    set.values().forEach(values::add);
    return node;
  }

  private static RrSet set(JsonNode node) {
    return RrSet.of(
        new RecordKey(node.path("name").asText(), RecordType.valueOf(node.path("type").asText())),
        Duration.ofSeconds(node.path("ttl").asLong()),
        elements(node.path("values")).map(JsonNode::asText).toList());
  }

  private static Optional<InetAddress> address(JsonNode node, String field) {
    return optional(node, field).map(text -> InetAddresses.forString(text.asText()));
  }

  private static Optional<JsonNode> optional(JsonNode node, String field) {
    return Optional.ofNullable(node.get(field));
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return array.valueStream();
  }
}
