package io.relais.common;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * The fields of a small JSON file that the two programs share, and that anyone who may write where
 * it lies may have put there. Each message names the file and says what to do. Fields that are not
 * asked for are passed over.
 */
public final class JsonFields {
  private static final int LARGEST = 4096;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String file;
  private final String what;
  private final JsonNode root;

  private JsonFields(String file, String what, JsonNode root) {
    this.file = file;
    this.what = what;
    this.root = root;
  }

  /**
   * Reads a file.
   *
   * @param what what it should be, with its article, for messages: {@code "a heartbeat"}
   * @param version the one version of it that is known
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it can't be read, is larger than 4 KiB, is not JSON, or has another
   *     version
   */
  public static JsonFields read(Path file, String what, int version) throws IOException {
    return parse(file.toString(), bytes(file, what), what, version);
  }

  /**
   * Reads what was in a file.
   *
   * @param file its name, for messages
   * @throws IOException as {@link #read}
   */
  public static JsonFields parse(String file, byte[] bytes, String what, int version)
      throws IOException {
    if (bytes.length > LARGEST) {
      throw tooLarge(file, what);
    }
    JsonFields fields;
    try {
      fields = new JsonFields(file, what, JSON.readTree(bytes));
    } catch (JsonProcessingException e) {
      // Its own message quotes the file.
      throw refused(file, "is not JSON, and so not " + what + "; see who else writes it");
    }
    long found = fields.number("version");
    if (found != version) {
      throw refused(
          file,
          "has version " + found + ", and " + version + " is known here; update this program");
    }
    return fields;
  }

  private static byte[] bytes(Path file, String what) throws IOException {
    if (!Files.isRegularFile(file) && FileAccess.exists(file)) {
      throw refused(file.toString(), "is not a regular file; remove it");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw tooLarge(file.toString(), what);
      }
      return bytes;
    }
  }

  private static FileSystemException tooLarge(String file, String what) {
    return refused(file, "is larger than 4 KiB: this is not " + what + "; see who else writes it");
  }

  public boolean has(String key) {
    return root.has(key);
  }

  /**
   * A number of at least zero.
   *
   * @throws IOException if it is not there, or something else
   */
  public long number(String key) throws IOException {
    JsonNode value = root.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw wrong(key, "a whole number");
    }
    return value.longValue();
  }

  /**
   * A text that is not empty.
   *
   * @throws IOException if it is not there, or something else
   */
  public String text(String key) throws IOException {
    JsonNode value = root.path(key);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw wrong(key, "a text");
    }
    return value.textValue();
  }

  /**
   * A time.
   *
   * @throws IOException if it is not there, or something else
   */
  public Instant time(String key) throws IOException {
    try {
      return Instant.parse(text(key));
    } catch (DateTimeException e) {
      throw wrong(key, "a time as 2026-11-23T04:00:00Z");
    }
  }

  /** The same; empty if it is not there. */
  public Optional<Instant> optionalTime(String key) throws IOException {
    return has(key) ? Optional.of(time(key)) : Optional.empty();
  }

  /** As {@link #text}; empty if it is not there. */
  public Optional<String> optionalText(String key) throws IOException {
    return has(key) ? Optional.of(text(key)) : Optional.empty();
  }

  private FileSystemException wrong(String key, String wanted) {
    return refused(
        file, "is not " + what + ": '" + key + "' is not " + wanted + "; see who else writes it");
  }

  private static FileSystemException refused(String file, String reason) {
    return new FileSystemException(Printable.cut(file, 4096), null, reason);
  }
}
