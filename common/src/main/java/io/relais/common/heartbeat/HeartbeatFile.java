package io.relais.common.heartbeat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.JsonFields;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The heartbeat's form on disk. What a newer agent adds under the same version is passed over;
 * everything else that is not as written here is refused.
 */
public final class HeartbeatFile {
  private static final int VERSION = 1;
  private static final String WHAT = "a heartbeat";

  private HeartbeatFile() {}

  /** What is to be in the file: one line. */
  public static byte[] toBytes(Heartbeat heartbeat) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", VERSION);
    root.put("mirror", heartbeat.mirror());
    root.put("sequence", heartbeat.sequence());
    root.put("at", heartbeat.at().toString());
    heartbeat.inSyncAt().ifPresent(at -> root.put("in_sync_at", at.toString()));
    heartbeat.appliedUntil().ifPresent(at -> root.put("applied_until", at.toString()));
    root.put("pending", heartbeat.pending());
    heartbeat.standing().ifPresent(standing -> put(root, standing));
    return (root + "\n").getBytes(UTF_8);
  }

  private static void put(ObjectNode root, Heartbeat.Standing standing) {
    root.put("state", standing.state());
    root.put("failing", standing.failing());
    root.put("missing", standing.missing());
    root.put("superfluous", standing.superfluous());
    root.put("generation", standing.generation());
    standing.freeBytes().ifPresent(bytes -> root.put("free_bytes", bytes));
    standing.halted().ifPresent(why -> root.put("halted", why));
    standing.promotion().ifPresent(id -> root.put("promotion", id));
  }

  /**
   * Reads a heartbeat.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it can't be read, or is not a heartbeat that this version knows (the
   *     message says what to do)
   */
  public static Heartbeat read(Path file) throws IOException {
    return heartbeat(JsonFields.read(file, WHAT, VERSION));
  }

  /**
   * Reads what was in a heartbeat.
   *
   * @param file its name, for messages
   * @throws IOException if it is not a heartbeat that this version knows
   */
  public static Heartbeat parse(String file, byte[] bytes) throws IOException {
    return heartbeat(JsonFields.parse(file, bytes, WHAT, VERSION));
  }

  private static Heartbeat heartbeat(JsonFields fields) throws IOException {
    return new Heartbeat(
        fields.text("mirror"),
        fields.number("sequence"),
        fields.time("at"),
        fields.optionalTime("in_sync_at"),
        fields.optionalTime("applied_until"),
        fields.number("pending"),
        fields.has("state") ? Optional.of(standing(fields)) : Optional.empty());
  }

  private static Heartbeat.Standing standing(JsonFields fields) throws IOException {
    return new Heartbeat.Standing(
        fields.text("state"),
        fields.number("failing"),
        fields.number("missing"),
        fields.number("superfluous"),
        fields.number("generation"),
        fields.has("free_bytes") ? Optional.of(fields.number("free_bytes")) : Optional.empty(),
        fields.optionalText("halted"),
        fields.optionalText("promotion"));
  }
}
