package io.relais.failover.notify;

import com.fasterxml.jackson.annotation.JsonValue;
import com.google.common.collect.ImmutableMap;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * One thing to tell the operator.
 *
 * @param kind what kind of thing; channels choose by it
 * @param key notices of the same kind and key are the same thing: the second within the time that
 *     is set is not sent
 * @param title one short line
 * @param text a few lines: what, why, since when, what to do
 * @param at when it happened
 * @param fields the same for machines: {@code site}, {@code address}, {@code phase} …
 */
public record Notice(
    Topic kind,
    String key,
    String title,
    String text,
    Instant at,
    ImmutableMap<String, String> fields) {
  /** What kind of thing happened; in files in lower case with hyphens. */
  public enum Topic {
    SUSPECT,
    SWITCHED,
    SWITCH_FAILED,
    FAILED_BACK,
    /** Production answers again while the records are at the backup. */
    RECOVERED,
    ADDRESS_CHANGED,
    CERTIFICATE,
    BLIND,
    HALTED,
    WATCH_DOWN,
    WATCH_UP,
    /** A rehearsed switch worked, or failed. */
    REHEARSAL,
    TEST;

    /** As in files and in the configuration: {@code switch-failed}. */
    @JsonValue
    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The kind with that {@link #id}; empty if there is none. */
    public static Optional<Topic> of(String id) {
      return Arrays.stream(values()).filter(topic -> topic.id().equals(id)).findFirst();
    }
  }

  Notice withTitle(String title) {
    return new Notice(kind, key, title, text, at, fields);
  }
}
