package io.relais.failover.notify;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.guava.GuavaModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;

/**
 * How this package writes JSON, for its own files and for programs: record by record, times as text
 * in UTC. A {@link Notice}:
 *
 * <pre>{@code
 * {"kind": "switched", "key": "www.example.org", "title": "…", "text": "…",
 *  "at": "2026-11-23T04:00:00Z", "fields": {"address": "198.51.100.20"}}
 * }</pre>
 */
final class NoticeJson {
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
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private NoticeJson() {}

  /** An empty object, to be filled. */
  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** A record of strings, numbers and times, or an object filled by hand. */
  static byte[] bytes(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings, numbers and times can always be written", e);
    }
  }

  /**
   * Reads what {@link #bytes} wrote.
   *
   * @throws IOException if it is anything else
   */
  static <T> T read(byte[] json, TypeReference<T> type) throws IOException {
    T value = JSON.readValue(json, type);
    if (value == null) {
      throw new IOException("nothing is there");
    }
    return value;
  }
}
