package io.relais.failover.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * Notices as JSON, for the queue's files and for programs.
 *
 * <pre>{@code
 * {"kind": "switched", "key": "www.example.org", "title": "…", "text": "…",
 *  "at": "2026-11-23T04:00:00Z", "fields": {"address": "198.51.100.20"}}
 * }</pre>
 */
final class NoticeJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private NoticeJson() {}

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static byte[] bytes(JsonNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings and numbers always has a text", e);
    }
  }

  /**
   * Reads any object.
   *
   * @throws IOException if it is none
   */
  static ObjectNode parse(byte[] bytes) throws IOException {
    if (JSON.readTree(bytes) instanceof ObjectNode object) {
      return object;
    }
    throw new IOException("no JSON object");
  }

  static ObjectNode write(Notice notice) {
    ObjectNode node = object();
    node.put("kind", notice.kind().id());
    node.put("key", notice.key());
    node.put("title", notice.title());
    node.put("text", notice.text());
    node.put("at", notice.at().toString());
    ObjectNode fields = node.putObject("fields");
    notice.fields().forEach(fields::put);
    return node;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException if it is anything else
   */
  static Notice read(JsonNode node) throws IOException {
    String kind = text(node, "kind");
    ImmutableMap.Builder<String, String> fields = ImmutableMap.builder();
    for (var field : node.path("fields").properties()) {
      fields.put(field.getKey(), field.getValue().asText());
    }
    return new Notice(
        Notice.Topic.of(kind).orElseThrow(() -> new IOException("unknown kind")),
        text(node, "key"),
        text(node, "title"),
        text(node, "text"),
        time(node, "at"),
        fields.buildKeepingLast());
  }

  static String text(JsonNode node, String name) throws IOException {
    JsonNode value = node.path(name);
    if (value.isTextual()) {
      return value.asText();
    }
    throw new IOException("no text '" + name + "'");
  }

  static Instant time(JsonNode node, String name) throws IOException {
    try {
      return Instant.parse(text(node, name));
    } catch (DateTimeException e) {
      throw new IOException("no time '" + name + "'", e);
    }
  }
}
