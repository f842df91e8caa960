package io.relais.common.heartbeat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.FileAccess;
import io.relais.common.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * The heartbeat's form on disk. What a newer agent adds under the same version is passed over;
 * everything else that is not as written here is refused.
 */
public final class HeartbeatFile {
  private static final int VERSION = 1;
  private static final int LARGEST = 4096;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private HeartbeatFile() {}

  /** What is to be in the file: one line. */
  public static byte[] toBytes(Heartbeat heartbeat) {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", VERSION);
    root.put("mirror", heartbeat.mirror());
    root.put("sequence", heartbeat.sequence());
    root.put("at", heartbeat.at().toString());
    heartbeat.inSyncAt().ifPresent(at -> root.put("in_sync_at", at.toString()));
    root.put("pending", heartbeat.pending());
    return (root + "\n").getBytes(UTF_8);
  }

  /**
   * Reads a heartbeat.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it can't be read, or is not a heartbeat that this version knows (the
   *     message says what to do)
   */
  public static Heartbeat read(Path file) throws IOException {
    byte[] bytes = bytes(file);
    try {
      return parse(JSON.readTree(bytes));
    } catch (JsonProcessingException e) {
      // Its own message quotes the file.
      throw refused(file, "is not JSON; see who else writes it");
    } catch (BadFieldException e) {
      throw refused(file, String.valueOf(e.getMessage()));
    }
  }

  /** Anyone who may write next to the mirror may put a file there that never ends. */
  private static byte[] bytes(Path file) throws IOException {
    if (!Files.isRegularFile(file) && FileAccess.exists(file)) {
      throw refused(file, "is not a regular file; remove it");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw refused(
            file, "is larger than 4 KiB: this is not a heartbeat; see who else writes it");
      }
      return bytes;
    }
  }

  private static Heartbeat parse(JsonNode root) throws BadFieldException {
    long version = number(root, "version");
    if (version != VERSION) {
      throw new BadFieldException(
          "has version " + version + ", and " + VERSION + " is known here; update this program");
    }
    return new Heartbeat(
        text(root, "mirror"),
        number(root, "sequence"),
        time(root, "at"),
        root.has("in_sync_at") ? Optional.of(time(root, "in_sync_at")) : Optional.empty(),
        number(root, "pending"));
  }

  private static long number(JsonNode root, String key) throws BadFieldException {
    JsonNode value = root.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw wrong(key, "a whole number");
    }
    return value.longValue();
  }

  private static String text(JsonNode root, String key) throws BadFieldException {
    JsonNode value = root.path(key);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw wrong(key, "a text");
    }
    return value.textValue();
  }

  private static Instant time(JsonNode root, String key) throws BadFieldException {
    try {
      return Instant.parse(text(root, key));
    } catch (DateTimeException e) {
      throw wrong(key, "a time as 2026-11-23T04:00:00Z");
    }
  }

  private static BadFieldException wrong(String key, String wanted) {
    return new BadFieldException(
        "is not a heartbeat: '" + key + "' is not " + wanted + "; see who else writes it");
  }

  private static FileSystemException refused(Path file, String reason) {
    return new FileSystemException(Printable.cut(file.toString(), 4096), null, reason);
  }

  /** What is wrong, for the end of a message that begins with the file. */
  private static final class BadFieldException extends Exception {
    private static final long serialVersionUID = 1L;

    BadFieldException(String message) {
      super(message);
    }
  }
}
