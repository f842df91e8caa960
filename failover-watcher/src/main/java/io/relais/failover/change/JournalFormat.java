package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.guava.GuavaModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The journal as JSON: {@code version}, the SHA-256 of the state's own text, and the {@code state}.
 * It is indented, for people. The records here are what stands in the file, field by field; TTLs
 * are in seconds, times in UTC.
 */
final class JournalFormat {
  private static final int VERSION = 1;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .addModule(new GuavaModule())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT))
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private JournalFormat() {}

  static byte[] encode(JournalState state) {
    JsonNode body = JSON.valueToTree(State.of(state));
    JsonNode root =
        JSON.createObjectNode()
            .put("version", VERSION)
            .put("sha256", checksum(body))
            .set("state", body);
    return (root.toPrettyString() + "\n").getBytes(UTF_8);
  }

  /**
   * The opposite. What a lenient reader forgives is found by comparing the encoding.
   *
   * @param file where it was found, for the message
   * @throws IOException if it is damaged, or was written by a newer version
   */
  static JournalState decode(Path file, byte[] content) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(content);
    } catch (JsonProcessingException e) {
      throw damaged(file, "it is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw damaged(file, "it is not text: " + e.getMessage(), e);
    }
    if (!root.isObject()) {
      throw damaged(file, root.isMissingNode() ? "it is empty" : "it is not a journal", null);
    }
    long version = root.path("version").asLong();
    if (version > VERSION) {
      throw new IOException(
          ("the journal %s was written by a newer failover-watcher (version %d, and this one knows"
                  + " %d): install that one again; no record is changed by this one")
              .formatted(file, version, VERSION));
    }
    if (!root.path("sha256").asText().equals(checksum(root.path("state")))) {
      throw damaged(file, "its checksum is wrong", null);
    }
    JournalState state;
    try {
      state = JSON.treeToValue(root.path("state"), State.class).state();
    } catch (JsonProcessingException e) {
      throw damaged(file, "a value in it is not valid: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw damaged(file, "a value in it is not valid: " + e.getMessage(), e);
    }
    if (!Arrays.equals(encode(state), content)) {
      throw damaged(file, "it is not as this program writes it", null);
    }
    return state;
  }

  private static IOException damaged(Path file, String why, @Nullable Exception cause) {
    return new IOException(
        "the journal "
            + file
            + " is damaged ("
            + why
            + "), and no record is changed while it is: bring it back from a copy; or look whether the"
            + " site's records point at production, fix them by hand if not, and move the file away",
        cause);
  }

  private static String checksum(JsonNode body) {
    return Hashing.sha256().hashString(body.toString(), UTF_8).toString();
  }

  private record State(
      Optional<UnderWay> underWay,
      ImmutableList<RecordSet> original,
      ImmutableSet<String> backups,
      Optional<CompletedChange> last) {
    static State of(JournalState state) {
      return new State(
          state.underWay().map(UnderWay::of),
          RecordSet.all(state.original()),
          state.backups(),
          state.last());
    }

    JournalState state() {
      return new JournalState(
          underWay.map(UnderWay::change), RecordSet.byKey(original), backups, last);
    }
  }

  /** A journal of a version that did not know it has no {@code open_ended}. */
  private record UnderWay(
      String id,
      ChangeKind kind,
      boolean undoing,
      Instant since,
      Optional<String> backupV4,
      Optional<String> backupV6,
      ImmutableList<Zone> zones,
      ImmutableList<RecordSet> back,
      boolean overtakes,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean openEnded,
      String progress,
      Optional<Progress.Published> published) {
    static UnderWay of(PendingChange change) {
      return new UnderWay(
          change.id(),
          change.kind(),
          change.undoing(),
          change.since(),
          change.backup().v4().map(InetAddresses::toAddrString),
          change.backup().v6().map(InetAddresses::toAddrString),
          change.zones().stream().map(Zone::of).collect(toImmutableList()),
          RecordSet.all(change.back()),
          change.overtakes(),
          change.openEnded(),
          switch (change.progress()) {
            case Progress.Intended _ -> "intended";
            case Progress.Applied _ -> "applied";
            case Progress.Published _ -> "published";
          },
          change.progress() instanceof Progress.Published published
              ? Optional.of(published)
              : Optional.empty());
    }

    PendingChange change() {
      return new PendingChange(
          id,
          kind,
          undoing,
          since,
          new BackupAddresses(
              backupV4.map(InetAddresses::forString), backupV6.map(InetAddresses::forString)),
          zones.stream().map(Zone::change).collect(toImmutableList()),
          RecordSet.byKey(back),
          overtakes,
          openEnded,
          reached());
    }

    private Progress reached() {
      return switch (progress) {
        case "intended" -> new Progress.Intended();
        case "applied" -> new Progress.Applied();
        case "published" ->
            published.orElseThrow(
                () -> new IllegalArgumentException("published, but it does not say when"));
        default -> throw new IllegalArgumentException("progress " + progress);
      };
    }
  }

  private record Zone(String zone, ImmutableList<BeforeAfter> replacements) {
    static Zone of(ZoneChange change) {
      return new Zone(
          change.zone(),
          change.replacements().stream().map(BeforeAfter::of).collect(toImmutableList()));
    }

    ZoneChange change() {
      return new ZoneChange(
          zone, replacements.stream().map(BeforeAfter::replacement).collect(toImmutableList()));
    }
  }

  private record BeforeAfter(RecordSet before, RecordSet after) {
    static BeforeAfter of(Replacement replacement) {
      return new BeforeAfter(RecordSet.of(replacement.before()), RecordSet.of(replacement.after()));
    }

    Replacement replacement() {
      return new Replacement(before.set(), after.set());
    }
  }

  private record RecordSet(
      String name, RecordType type, long ttl, ImmutableSortedSet<String> values) {
    static RecordSet of(RrSet set) {
      return new RecordSet(set.key().name(), set.key().type(), set.ttl().toSeconds(), set.values());
    }

    static ImmutableList<RecordSet> all(ImmutableMap<RecordKey, RrSet> sets) {
      return sets.values().stream().map(RecordSet::of).collect(toImmutableList());
    }

    RrSet set() {
      return RrSet.of(new RecordKey(name, type), Duration.ofSeconds(ttl), values);
    }

    static ImmutableMap<RecordKey, RrSet> byKey(ImmutableList<RecordSet> sets) {
      return sets.stream().map(RecordSet::set).collect(toImmutableMap(RrSet::key, set -> set));
    }
  }
}
